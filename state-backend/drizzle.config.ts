import { defineConfig } from 'drizzle-kit'

/** For `drizzle-kit generate --config state-backend/drizzle.config.ts` after a change of the tables. */
export default defineConfig({
  dialect: 'postgresql',
  schema: './state-backend/tables.ts',
  out: './state-backend/migrations',
})
