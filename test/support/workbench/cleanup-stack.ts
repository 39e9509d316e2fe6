/** What a group of tests must take down at its end, the youngest first. (AsyncDisposableStack comes with Node 24.) */
export class CleanupStack {
  readonly #actions: (() => Promise<unknown>)[] = []

  use<Resource extends AsyncDisposable>(resource: Resource): Resource {
    this.defer(async () => resource[Symbol.asyncDispose]())
    return resource
  }

  defer(action: () => Promise<unknown>): void {
    this.#actions.push(action)
  }

  /** Runs all, whichever fail. @throws AggregateError of those that did */
  async run(): Promise<void> {
    const errors: unknown[] = []
    for (const action of this.#actions.splice(0).reverse()) await action().catch((error: unknown) => errors.push(error))
    if (errors.length > 0) throw new AggregateError(errors, `The clean-up failed: ${errors.join('; ')}`)
  }
}
