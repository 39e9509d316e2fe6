/** Every supported major version, the oldest first. */
export const majorVersions = ['10', '11', '12', '13', '14', '15', '16', '17', '18'] as const

export type MajorVersion = (typeof majorVersions)[number]
