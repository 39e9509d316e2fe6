/** Some at a time, in order. All have settled when it throws the first failure. */
export async function eachLimited<Item>(
  items: readonly Item[],
  limit: number,
  action: (item: Item, index: number) => Promise<unknown>,
): Promise<void> {
  const entries = items.entries()
  const work = async (): Promise<void> => {
    for (const [index, item] of entries) await action(item, index)
  }
  const results = await Promise.allSettled(Array.from({ length: limit }, work))
  for (const result of results) if (result.status === 'rejected') throw result.reason
}
