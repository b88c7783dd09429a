import { defineConfig } from 'drizzle-kit'

/** For `drizzle-kit generate --config broker/database/drizzle.config.ts`, after a change of a room's tables. */
export default defineConfig({
  dialect: 'postgresql',
  schema: ['./broker/database/columns.ts', './broker/*/tables.ts'],
  out: './broker/database/migrations',
})
