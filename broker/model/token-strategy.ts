/** How AWS takes a new auth token: ROTATE adds it and keeps the newest two; SET leaves only the one of the last ROTATE. */
export type TokenStrategy = 'ROTATE' | 'SET'
