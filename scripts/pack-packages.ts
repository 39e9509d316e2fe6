import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { inPublishingOrder, listPublicPackages, type PublicPackage } from './public-packages.ts'

export interface PackedPackage extends PublicPackage {
  /** The path of what npm would upload. */
  readonly tarball: string
  readonly files: readonly string[]
  readonly sizeBytes: number
  readonly integrity: string
}

/** Packs every public package as it was built last, in the order of publishing, and removes the tarballs when `use` has ended. */
export async function withPackedPackages<T>(
  use: (packages: readonly PackedPackage[], directory: string) => Promise<T>,
): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'pgfork-packed-'))
  try {
    const packed: PackedPackage[] = []
    for (const entry of inPublishingOrder(await listPublicPackages())) packed.push(await packPackage(entry, directory))
    return await use(packed, directory)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

interface PackOutput {
  readonly filename: string
  readonly size: number
  readonly integrity: string
  readonly files: readonly { readonly path: string }[]
}

async function packPackage(entry: PublicPackage, destination: string): Promise<PackedPackage> {
  const { stdout } = await execa({
    cwd: entry.directory,
  })`npm pack --json --ignore-scripts --pack-destination ${destination}`
  const packed = Object.values<PackOutput>(JSON.parse(stdout))[0]
  if (!packed) throw new Error(`npm pack made no tarball of ${entry.directory}`)
  return {
    ...entry,
    tarball: join(destination, packed.filename),
    files: packed.files.map(({ path }) => path),
    sizeBytes: packed.size,
    integrity: packed.integrity,
  }
}
