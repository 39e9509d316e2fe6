/** `snapshot-20261128t164502z`: in the order of time, and allowed as a name. */
export const timedName = (prefix: string, time: Date): string =>
  `${prefix}-${time
    .toISOString()
    .replace(/[-:]|\.\d+/g, '')
    .toLowerCase()}`
