/**
 * The life of what a record describes. Statuses are written by the stores of this folder alone, by these transitions; any
 * other is refused.
 *
 *      begin            markReady           markResetting
 *     ───────▶ creating ─────────▶ ready ───────────────────▶ resetting
 *                  │        adopt ─▶ │ ◀───────────────────────── │
 *                  │                 │          markReady         │
 *                  │ markRemoving    ▼                            │
 *                  └───────────▶ removing ◀───────────────────────┘
 *                                    │ unmarkRemoving, to ready
 *                                    │ forget
 *                                    ▼
 */
export const transitions = {
  /** Before the first thing that the record names is made. */
  begin: { from: ['none'], to: 'creating' },
  /** It was found whole in storage after its record had been lost. */
  adopt: { from: ['none'], to: 'ready' },
  /** The other half of an adoption failed; nothing in storage is touched. */
  unadopt: { from: ['ready'], to: 'none' },
  /** After everything else. */
  markReady: { from: ['creating', 'resetting'], to: 'ready' },
  /** Before the first file of a fork goes. A reset that failed can be tried again. */
  markResetting: { from: ['ready', 'resetting'], to: 'resetting' },
  /** Before anything goes. A removal that failed can be tried again. */
  markRemoving: { from: ['creating', 'ready', 'resetting', 'removing'], to: 'removing' },
  /** The storage has refused before anything went. */
  unmarkRemoving: { from: ['removing'], to: 'ready' },
  /** After everything else. */
  forget: { from: ['removing'], to: 'none' },
} as const satisfies Record<string, { from: readonly (Status | 'none')[]; to: Status | 'none' }>

export const forkStatuses = ['creating', 'ready', 'resetting', 'removing'] as const
export const snapshotStatuses = ['creating', 'ready', 'removing'] as const

/** Of a fork's record: only one that is `ready` can be used. */
export type ForkStatus = (typeof forkStatuses)[number]
export type Status = ForkStatus
export type Transition = keyof typeof transitions

export interface HasStatus {
  readonly status: Status
}

export const isAllowed = (transition: Transition, from: Status | 'none'): boolean =>
  (transitions[transition].from as readonly string[]).includes(from)

/** What it means for somebody who wanted to use it, and what he can do. */
export const meaningOf: Readonly<Record<Status, string>> = {
  creating: 'is being made, or was never finished',
  ready: 'is ready',
  resetting: 'is being reset, or its reset failed or was cut off: reset() it again, or destroy() it',
  removing: 'is being removed, or its removal failed or was cut off: destroy() it again',
}

/** Facts of it may change, and it keeps its status. */
export const isChangeable = ({ status }: HasStatus): boolean => status !== 'removing'

/** Only what is ready is a fork or a snapshot for its users. */
export const isReady = ({ status }: HasStatus): boolean => status === 'ready'

/** What has never been ready. */
export const isUnfinished = ({ status }: HasStatus): boolean => status === 'creating'

/** Its removal is under way, failed, or was cut off. */
export const isRemoving = ({ status }: HasStatus): boolean => status === 'removing'
