/** How fast the shop's processes see each other come and go: quicker than the defaults, for a demo on one machine. */
export const registryPace = { beat: { everyMs: 1_000 }, refresh: { everyMs: 300 } } as const
