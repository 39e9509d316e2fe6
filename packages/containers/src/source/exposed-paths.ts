import { realpathSync } from 'node:fs'
import type { ContainerPaths } from './paths.ts'

/** The real paths here of what root in the container can change. Of one that runs, the kernel tells core the rest (H110). */
export const exposedPaths = ({ mounts }: ContainerPaths): string[] =>
  mounts.flatMap(({ source, isWritable }) => {
    try {
      return source !== undefined && isWritable ? [realpathSync(source)] : []
    } catch {
      return []
    }
  })
