import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { floors } from '../../../floors.config.ts'

const root = new URL('../../../', import.meta.url)

test("CONTRIBUTING.md's map has a line for each folder of core, in the order of the floors", () => {
  const contributing = readFileSync(new URL('CONTRIBUTING.md', root), 'utf8')
  const table = contributing.slice(contributing.indexOf('| `packages/core/src`'))
  const folders = [...table.matchAll(/^\| `([a-z/.]+)` \|/gm)].map(([, folder]) => folder)
  const rank = (folder: string | undefined): number => floors.findIndex((rooms) => rooms.includes(folder ?? ''))
  expect([...folders].sort()).toEqual(floors.flat().sort())
  expect(folders.map(rank)).toEqual(folders.map(rank).sort((a, b) => a - b))
})

test.each(floors.flat())('%s is there', (folder) => {
  expect(existsSync(new URL(`packages/core/src/${folder}`, root))).toBe(true)
})
