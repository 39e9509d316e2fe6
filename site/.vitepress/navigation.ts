import { existsSync, readFileSync } from 'node:fs'
import type { DefaultTheme } from 'vitepress'

const api: DefaultTheme.SidebarItem[] = JSON.parse(
  readFileSync(new URL('../../docs/api/typedoc-sidebar.json', import.meta.url), 'utf8'),
)

export const nav: DefaultTheme.NavItem[] = [
  { text: 'Quick start', link: '/quick-start' },
  { text: 'Guides', link: '/staging' },
  { text: 'Command', link: '/cli' },
  { text: 'API', link: '/api/' },
]

const sections: DefaultTheme.SidebarItem[] = [
  {
    text: 'Begin',
    items: [
      { text: 'Quick start', link: '/quick-start' },
      { text: 'Concepts', link: '/concepts' },
      { text: 'Compared with others', link: '/comparison' },
    ],
  },
  {
    text: 'Guides',
    items: [
      { text: 'Staging beside production', link: '/staging' },
      { text: 'A server for every test', link: '/testing' },
      { text: 'In CI', link: '/ci' },
      { text: 'Containers', link: '/containers' },
      { text: 'Masking', link: '/masking' },
      { text: 'Going back in time', link: '/moments' },
    ],
  },
  {
    text: 'Storage',
    items: [
      { text: 'Choosing one', link: '/drivers' },
      { text: 'Btrfs', link: '/drivers/btrfs' },
      { text: 'ZFS', link: '/drivers/zfs' },
      { text: 'LVM', link: '/drivers/lvm' },
      { text: 'Copy', link: '/drivers/copy' },
      { text: 'Overlay', link: '/drivers/overlay' },
      { text: 'Ceph RBD', link: '/drivers/rbd' },
      { text: 'Cloud disks, SAN, Kubernetes', link: '/drivers/other-storage' },
      { text: 'Write your own driver', link: '/write-a-driver' },
    ],
  },
  {
    text: 'Reference',
    items: [
      { text: 'The command', link: '/cli' },
      { text: 'Options', link: '/options' },
      { text: 'Errors by code', link: '/errors' },
      { text: 'Watching it at work', link: '/observing' },
      { text: 'API', collapsed: true, link: '/api/', items: api },
    ],
  },
  {
    text: 'Trust',
    items: [
      { text: 'Why you can trust a fork', link: '/trust' },
      { text: 'What can go wrong', link: '/hazards' },
      { text: 'Security model', link: '/security' },
      { text: 'Torture', link: '/torture' },
      { text: 'Where the time goes', link: '/performance' },
    ],
  },
]

const isThere = ({ link = '' }: DefaultTheme.SidebarItem): boolean =>
  link.endsWith('/') || existsSync(new URL(`../../docs${link}.md`, import.meta.url))

export const sidebar: DefaultTheme.SidebarItem[] = sections.map((section) => ({
  ...section,
  items: section.items?.filter(isThere) ?? [],
}))
