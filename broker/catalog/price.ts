/** Nodes of an organization that cost nothing extra. */
export const includedNodes = 10

/** Nodes in a block; one that has begun counts as a whole. */
export const nodesPerBlock = 10

/** US dollars a month. */
export const dollarsPerBlock = 200

/** @param nodes all that an organization has */
export function blocksOf(nodes: number): number {
  return Math.ceil(Math.max(nodes - includedNodes, 0) / nodesPerBlock)
}
