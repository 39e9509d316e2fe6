import { z } from 'zod'
import { volume } from '../driver/schemas.ts'
import type { Volume } from '../driver/snapshot-driver.ts'

const schema = z.array(volume)

/**
 * Volumes that a driver wrote as JSON where somebody else may write too, such as into a property of a dataset (H77). None where it isn't
 * what a driver writes.
 */
export function parseVolumes(text: string | undefined): Volume[] {
  try {
    return schema.safeParse(JSON.parse(text ?? '')).data ?? []
  } catch {
    return []
  }
}
