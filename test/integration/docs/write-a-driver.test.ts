import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { createExt4 } from '../../support/storage/index.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))

interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly title: string
      readonly status: string
      readonly failureMessages: string[]
    }[]
  }[]
}

/** The code block of the page that has this word behind its language. */
function block(page: string, word: string): string {
  const text = new RegExp(`^\`\`\`ts ${word}\n(.*?)^\`\`\`$`, 'ms').exec(page)?.[1]
  if (text === undefined) throw new Error(`docs/write-a-driver.md has no code block "${word}"`)
  return text
}

test('the driver of docs/write-a-driver.md has 45 lines and passes the conformance suite', async () => {
  const page = await readFile(join(root, 'docs/write-a-driver.md'), 'utf8')
  const driver = block(page, 'driver')
  expect(driver.split('\n').length).toBeLessThanOrEqual(46)
  // Inside the workspace, where its imports resolve to the sources.
  // A file system of its own: the suite looks at its free space.
  await using storage = await createExt4({ sizeMb: 512 })
  const folder = join(root, 'test/integration/docs', `.driver-${process.pid}`)
  await mkdir(folder)
  try {
    await writeFile(join(folder, 'driver.ts'), driver)
    await writeFile(join(folder, 'suite.test.ts'), block(page, 'suite'))
    const result = await execa(
      process.execPath,
      [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--project', 'integration', '--reporter', 'json', folder],
      { cwd: root, reject: false, env: { NO_COLOR: '1', TMPDIR: storage.path } },
    )
    const report = JSON.parse(result.stdout.slice(result.stdout.indexOf('{'))) as Report
    const tests = report.testResults.flatMap(({ assertionResults }) => assertionResults)
    expect(tests.filter(({ status }) => status !== 'passed')).toEqual([])
    expect(tests.length).toBeGreaterThan(20)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
