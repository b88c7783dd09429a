/**
 * A program that makes an empty embedded database in the directory that it is given, and ends. What PGlite's `initdb`
 * takes (130 MB) goes with it, where the broker would keep it for as long as it runs.
 */
import { PGlite } from '@electric-sql/pglite'

const client = await PGlite.create(process.argv[2] as string)
await client.close()
