/** By these, compose takes a container for its own and removes it (`down --remove-orphans`), and testcontainers' Ryuk prunes it. */
const managers = /^(?:com\.docker\.compose|org\.testcontainers|io\.podman\.compose)(?:\.|$)/

/** Labels that an image may have given its containers and that a fork must not have (H84). */
export const foreignLabels = (labels: Readonly<Record<string, string>> | null | undefined): string[] =>
  Object.keys(labels ?? {}).filter((name) => managers.test(name))
