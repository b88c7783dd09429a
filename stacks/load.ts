/**
 * Everything that needs cdktf. It takes half a second and some 30 MB, and so it is loaded with the first stack that is
 * rendered, and not by a broker that only answers.
 */
export async function loadStacks() {
  const [{ App }, { RedisStack }, { logGroupPlaces }, { parameterGroupPlace }] = await Promise.all([
    import('./cdktf.ts'),
    import('./redis-stack.ts'),
    import('./logs.ts'),
    import('./parameter-group.ts'),
  ])
  return { App, RedisStack, logGroupPlaces, parameterGroupPlace }
}
