/**
 * Like `Promise.all`, but waits for all of them before it throws the first failure: what undoes a step must not run beside
 * what is left of it.
 */
export async function allDone<T extends readonly unknown[]>(
  promises: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(promises)
  return Promise.all(promises)
}
