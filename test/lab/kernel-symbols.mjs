// Prints a Module.symvers for a kernel image without CONFIG_MODVERSIONS: what its sections __ksymtab and __ksymtab_gpl export.
// usage: node kernel-symbols.mjs linux.uml
// The file is ELF64, little endian. An entry of those sections is three addresses: of the symbol, its name, its namespace's name.
import { readFileSync } from 'node:fs'

const image = readFileSync(process.argv[2])
const number = (offset) => Number(image.readBigUInt64LE(offset))

const sectionHeaders = number(0x28)
const headerSize = image.readUInt16LE(0x3a)
const sections = Array.from({ length: image.readUInt16LE(0x3c) }, (_, index) => {
  const header = sectionHeaders + index * headerSize
  return {
    nameOffset: image.readUInt32LE(header),
    hasContent: image.readUInt32LE(header + 4) !== 8, // SHT_NOBITS
    address: number(header + 16),
    offset: number(header + 24),
    size: number(header + 32),
  }
})
const names = sections[image.readUInt16LE(0x3e)]

const text = (offset) => image.toString('latin1', offset, image.indexOf(0, offset))

function textAt(address) {
  const section = sections.find(
    (one) => one.hasContent && one.address !== 0 && one.address <= address && address < one.address + one.size,
  )
  if (!section) throw new Error(`no section of ${process.argv[2]} holds the address ${address.toString(16)}`)
  return text(section.offset + address - section.address)
}

const lines = []
for (const [name, kind] of [
  ['__ksymtab', 'EXPORT_SYMBOL'],
  ['__ksymtab_gpl', 'EXPORT_SYMBOL_GPL'],
]) {
  const section = sections.find((one) => text(names.offset + one.nameOffset) === name)
  if (!section) throw new Error(`${process.argv[2]} has no section ${name}`)
  for (let entry = section.offset; entry < section.offset + section.size; entry += 24) {
    const namespace = number(entry + 16)
    const columns = ['0x00000000', textAt(number(entry + 8)), 'vmlinux', kind, namespace ? textAt(namespace) : '']
    lines.push(`${columns.join('\t')}\n`)
  }
}
process.stdout.write(lines.join(''))
