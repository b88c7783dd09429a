import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  isMaintenanceWindow,
  isSnapshotWindow,
  spreadWindow,
  windowsOverlap,
} from '../../../broker/model/windows.ts'

test.each([
  ['06:00-07:00', true],
  ['23:30-00:30', true],
  ['06:00-06:59', false],
  ['24:00-01:00', false],
  ['6:00-7:00', false],
])('the snapshot window %s is taken: %s', (window, taken) => {
  expect(isSnapshotWindow(window)).toBe(taken)
})

test.each([
  ['mon:07:00-mon:08:00', true],
  ['sun:23:30-mon:00:30', true],
  ['mon:07:00-tue:07:00', true],
  ['mon:07:00-tue:08:00', false],
  ['mon:07:00-mon:07:30', false],
  ['MON:07:00-MON:08:00', false],
  ['day:07:00-day:08:00', false],
])('the maintenance window %s is taken: %s', (window, taken) => {
  expect(isMaintenanceWindow(window)).toBe(taken)
})

test.each([
  ['06:00-07:00', 'mon:07:00-mon:08:00', false],
  ['06:00-07:00', 'mon:06:30-mon:07:30', true],
  ['06:00-07:00', 'sun:05:00-mon:05:00', true],
  ['23:30-00:30', 'mon:00:00-mon:01:00', true],
  ['23:30-00:30', 'sun:23:00-mon:00:00', true],
  ['23:30-00:30', 'mon:00:30-mon:01:30', false],
])('%s and %s overlap: %s', (snapshot, maintenance, overlap) => {
  expect(windowsOverlap(snapshot, maintenance)).toBe(overlap)
})

test('the windows of 1,000 instances are spread over the week, and none is during the snapshots', () => {
  const count = new Map<string, number>()
  for (const id of Array.from({ length: 1000 }, () => randomUUID())) {
    const window = spreadWindow(id, '06:00-07:00')
    expect(spreadWindow(id, '06:00-07:00')).toBe(window)
    expect(isMaintenanceWindow(window)).toBe(true)
    expect(windowsOverlap('06:00-07:00', window)).toBe(false)
    count.set(window, (count.get(window) ?? 0) + 1)
  }
  expect(count.size).toBeGreaterThan(150)
  expect(Math.max(...count.values())).toBeLessThan(30)
})
