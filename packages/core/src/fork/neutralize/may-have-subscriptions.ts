import { Directory } from '../../files/directory.ts'

/** The oid of `pg_subscription`, a catalog that all databases share. */
const catalog = 6100
/** In `RelMapFile` (relmapper.c): a magic number and how many there are, then the oid and the file of each. */
const [countAt, firstAt, mappingBytes] = [4, 8, 8]

/**
 * Whether there is a subscription to be detached (H24), told by files alone: there is none in an empty file. Where nothing is found,
 * there may be one.
 */
export function mayHaveSubscriptions(path: string): boolean {
  using dataDirectory = Directory.open(path)
  using shared = dataDirectory.openDirectory('global')
  const map = shared.read('pg_filenode.map')
  for (let index = 0; index < map.readInt32LE(countAt); index++) {
    const at = firstAt + index * mappingBytes
    if (map.readUInt32LE(at) === catalog) return shared.look(String(map.readUInt32LE(at + 4)))?.size !== 0
  }
  return true
}
