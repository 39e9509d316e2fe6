import { expect, test } from 'vitest'
import { readCalendar } from './calendar.ts'

test.each([
  ['15min', '*-*-* *:0/15:00', '*/15 * * * *'],
  ['1min', '*-*-* *:0/1:00', '*/1 * * * *'],
  ['6h', '*-*-* 0/6:00:00', '0 */6 * * *'],
  ['1d', '*-*-* 00:00:00', '0 0 * * *'],
  ['1w', 'Sun *-*-* 00:00:00', '0 0 * * 0'],
])('%s', (text, systemd, cron) => {
  expect(readCalendar(text)).toEqual({ systemd, cron })
})

test.each(['', '0min', '7min', '60min', '5h', '24h', '2d', '0w', '1s', 'h', '1.5h', '-1h'])(
  '"%s" is refused',
  (text) => {
    expect(() => readCalendar(text)).toThrow('--every takes')
  },
)
