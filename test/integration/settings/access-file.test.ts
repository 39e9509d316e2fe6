import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseAccessFile } from '../../../packages/core/src/postgres/files/access-file.ts'
import { testedVersion } from '../../support/cluster/index.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

const plain = `
# comment
host all all all md5
	host  all	all all   trust#comment
host a,b c, d samehost "reject"
host a ,b samenet md5
host "a b",c "d,e" 127.0.0.1/32 md5
host "a#b" "c""d" ::1/128 md5
host a"b c"d """" 127.0.0.1 255.0.0.0 md5
"host" a""b +group,"+role" .example.com md5
hostnossl ,,a, , b ,c localhost md5
local all "all" trust # all
`

/** Since 14. */
const joined = String.raw`host all all \
  0.0.0.0/0 md5 # comment that goes on \
host is none of it
host all "a\
b" 0.0.0.0/0 md5
`

await describeOn('btrfs', {}, (bench) => {
  test('H29: pg_hba.conf is divided as the server divides it', async () => {
    const major = Number(testedVersion())
    const text = major < 14 ? plain : plain + joined
    await writeFile(join(bench.source.dataDirectory, 'pg_hba.conf'), text)
    const rules = await bench.source.query(
      `SELECT line_number AS number, type, array_to_json(database) AS databases, array_to_json(user_name) AS roles, error
         FROM pg_hba_file_rules ORDER BY line_number`,
    )
    const parsed = parseAccessFile(text, major).map(({ number, fields }) => {
      const [type, databases, roles] = fields.map(({ tokens }) => tokens.map((token) => token.text))
      return { number, type: type?.[0], databases, roles, error: null }
    })
    expect(rules).toEqual(parsed)
    expect(parsed.length).toBeGreaterThan(9)
  })
})
