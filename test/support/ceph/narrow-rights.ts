/** What a fork's host may do with images in the pool `rbd`, as in docs/drivers/rbd.md; without images, with all. */
export function narrowRights(images: readonly { readonly image: string; readonly id: string }[]): string {
  const named = images.length === 0 ? [{ image: '', id: '' }] : images
  const rights = named.flatMap(({ image, id }) => [
    ['rwx', `rbd_header.${id}`],
    ['r', `rbd_data.${id}`],
    ['rwx', `rbd_object_map.${id}`],
    ['rx', `rbd_id.${image}`],
  ])
  return [
    ...[...rights, ['rx', 'rbd_directory'], ['rx', 'rbd_info'], ['rx', 'rbd_trash']].map(
      ([access, prefix]) => `allow ${access} pool=rbd namespace="" object_prefix ${prefix}`,
    ),
    'profile rbd pool=rbd namespace=forks',
  ].join(', ')
}
