import type { GuestStorage } from '../support/workbench/guest-workbench.ts'
import { commandScenarios } from './command-scenarios.ts'
import { forkScenarios } from './fork-scenarios.ts'
import { historyScenarios } from './history-scenarios.ts'
import { sourceScenarios } from './source-scenarios.ts'
import { troubleScenarios } from './trouble-scenarios.ts'

/** What the library promises on storage that only a guest has, and what goes wrong there. */
export async function allScenarios(title: string, storage: GuestStorage): Promise<void> {
  await forkScenarios(title, storage)
  await historyScenarios(title, storage)
  await sourceScenarios(title, storage)
  await troubleScenarios(title, storage)
  await commandScenarios(title, storage)
}
