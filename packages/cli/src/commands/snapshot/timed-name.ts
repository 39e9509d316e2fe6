/** `snapshot-20261128t164502z`: in the order of time, and allowed as a name. */
export const timedName = (time: Date): string =>
  `snapshot-${time
    .toISOString()
    .replace(/[-:]|\.\d+/g, '')
    .toLowerCase()}`
