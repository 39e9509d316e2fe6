/**
 * Calls `work` for every entry, at most `limit` at a time. The first failure ends it: nothing new is begun, and when it is
 * thrown nothing works in the background any more.
 */
export async function eachLimited<T>(
  entries: Iterable<T>,
  limit: number,
  work: (entry: T) => Promise<void>,
): Promise<void> {
  const queue = entries[Symbol.iterator]()
  let failure: { readonly reason: unknown } | undefined
  const worker = async (): Promise<void> => {
    for (let next = queue.next(); !next.done && failure === undefined; next = queue.next()) {
      try {
        await work(next.value)
      } catch (reason) {
        failure ??= { reason }
      }
    }
  }
  await Promise.all(Array.from({ length: limit }, worker))
  if (failure !== undefined) throw failure.reason
}
