/** Whether one transaction's number is older than another's, of both of which the lower 32 bits are known: they go round (`TransactionIdPrecedes`). */
export const isOlder = (one: number, other: number): boolean => ((one - other) | 0) < 0
