/** The account that everything here belongs to. */
export const ACCOUNT = '000000000000'
