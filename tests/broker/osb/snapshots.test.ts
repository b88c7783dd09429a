import { outlivingTheirInstance } from './snapshots/outliving.ts'
import { restoredFromOne } from './snapshots/restored.ts'
import { takenByUsers } from './snapshots/taken.ts'

takenByUsers()

restoredFromOne()
outlivingTheirInstance()
