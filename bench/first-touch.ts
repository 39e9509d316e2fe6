import type { Cluster } from '../test/support/cluster/index.ts'

/** A table of 64 MB, of whose pages every eighth is written: one in each 64 KiB, the chunk of a thin pool. */
const pages = 8192
const every = 8

/**
 * Makes that table. What it returns changes those pages, writes them to storage by a checkpoint, and tells how many
 * milliseconds that took. Each goes through WAL whole, also the second time, as after every checkpoint.
 */
export async function firstTouch({ query }: Cluster): Promise<() => Promise<number>> {
  // One row a page, with room for its next version.
  await query(`CREATE TABLE touched (id int, number int, filling text) WITH (fillfactor = 45, autovacuum_enabled = off);
    ALTER TABLE touched ALTER COLUMN filling SET STORAGE PLAIN;
    INSERT INTO touched SELECT id, 0, repeat('x', 3000) FROM generate_series(1, ${pages}) id`)
  const touch = async (): Promise<number> => {
    await query('CHECKPOINT')
    const begun = performance.now()
    await query(`UPDATE touched SET number = number + 1 WHERE id % ${every} = 0`)
    await query('CHECKPOINT')
    return performance.now() - begun
  }
  // Second versions of rows come into being once.
  await touch()
  await touch()
  return touch
}
