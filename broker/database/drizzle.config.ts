import { defineConfig } from 'drizzle-kit'

// After a change of schema.ts: npx drizzle-kit generate --config broker/database/drizzle.config.ts
export default defineConfig({
  dialect: 'postgresql',
  schema: './broker/database/schema.ts',
  out: './broker/database/migrations',
})
