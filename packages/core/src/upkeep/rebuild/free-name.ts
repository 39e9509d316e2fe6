import type { StatusRecord, StatusStore } from '../../records/status-store.ts'

type Store = Pick<StatusStore<StatusRecord>, 'exists'>

const longestName = 48

/** The name, or, where there is a record of that name in one of the stores, that name with a number behind. */
export async function freeName(name: string, stores: readonly Store[]): Promise<string> {
  for (let number = 1; ; number++) {
    const suffix = number === 1 ? '' : `-${number}`
    const candidate = `${name.slice(0, longestName - suffix.length)}${suffix}`
    const taken = await Promise.all(stores.map((store) => store.exists(candidate)))
    if (!taken.includes(true)) return candidate
  }
}
