import type { Engine } from './engine.ts'

/** Of containers, running or not. */
export async function idsWithLabel(engine: Engine, label: string): Promise<string[]> {
  const result = await engine.run(['ps', '--all', '--quiet', '--no-trunc', '--filter', `label=${label}`])
  return (result?.stdout ?? '').split('\n').filter((id) => id !== '')
}
