import { expect, test } from 'vitest'
import { inheritElsewhere } from './inherit-elsewhere.ts'

test('H91: of the settings of a server elsewhere nothing acts here, whatever it calls them', () => {
  const settings = {
    work_mem: '6MB',
    archive_command: 'false',
    shared_preload_libraries: 'x',
    'auto_explain.log_min_duration': '0',
    "work_mem = '1MB'\narchive_mode = 'on'\narchive_command": 'touch /tmp/x',
    '': 'x',
  }
  expect(inheritElsewhere(settings)).toEqual({ work_mem: '6MB' })
})
