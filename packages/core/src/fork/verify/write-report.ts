import type { Verification } from './verification.ts'

const consistencies: Readonly<Record<Verification['consistency'], string>> = {
  atomic: 'captured at one instant; recovery made of it exactly what had been committed',
  backup: 'copied within a base backup, and made consistent by its WAL',
  stopped: 'copied while the source was stopped',
}

/** The verification as a text for people. */
export function writeReport(name: string, verification: Omit<Verification, 'report'>): string {
  const { checks, position, sourceReplayPosition, consistency, replacedSettings } = verification
  const { changes, warnings, unloggedRelations, preparedTransactions, detachedSubscriptions } = verification
  const sections = [
    [`Fork ${name}: begins at ${position}; ${consistencies[consistency]}.`],
    sourceReplayPosition === undefined
      ? []
      : [
          `The source, a standby, had replayed up to ${sourceReplayPosition}. The fork also has what the standby had received by then (H41).`,
        ],
    list(
      'Proved',
      checks.map((check) => `${check.name}: ${check.found}`),
    ),
    list(
      'Settings of the source that the fork does not have',
      replacedSettings.map(({ name, hazard }) => `${name} (${hazard})`),
    ),
    list('Neutralised', changes),
    list(
      'Subscriptions disabled and detached from their slots (H24)',
      detachedSubscriptions.map(({ database, subscription }) => `${database}: ${subscription}`),
    ),
    list(
      'Unlogged tables, empty in the fork (H26)',
      unloggedRelations.map(({ database, relation }) => `${database}: ${relation}`),
    ),
    list(
      `Prepared transactions, ${verification.werePreparedRolledBack ? 'rolled back' : 'which hold their locks'} (H27)`,
      preparedTransactions.map(({ database, identifier }) => `${database}: ${identifier}`),
    ),
    list('Worth a look', warnings),
  ]
  return sections.map((lines) => lines.map((line) => `${line}\n`).join('')).join('')
}

const list = (title: string, items: readonly string[]): string[] =>
  items.length === 0 ? [] : [`${title}:`, ...items.map((item) => `  - ${item}`)]
