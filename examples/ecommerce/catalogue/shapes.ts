import type { Palette } from './palette.ts'

type Draw = (palette: Palette) => string

const box = (x: number, y: number, width: number, height: number, round: number, fill: string) =>
  `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="${round}" fill="${fill}"/>`
const disc = (x: number, y: number, radius: number, fill: string) => `<circle cx="${x}" cy="${y}" r="${radius}" fill="${fill}"/>`
const area = (d: string, fill: string) => `<path d="${d}" fill="${fill}"/>`
const line = (d: string, stroke: string, width: number) => `<path d="${d}" fill="none" stroke="${stroke}" stroke-width="${width}"/>`
const ring = (x: number, y: number, radius: number, stroke: string, width: number) =>
  `<circle cx="${x}" cy="${y}" r="${radius}" fill="none" stroke="${stroke}" stroke-width="${width}"/>`

/** One simple drawing a category, about 280 units wide around the middle of a 480 × 480 field. */
const shapes: Readonly<Record<string, Draw>> = {
  Laptops: ({ main, dark, light, accent }) =>
    box(130, 140, 220, 156, 14, dark) +
    box(142, 152, 196, 130, 6, light) +
    area('M100 300h280l26 48a14 14 0 0 1-12 20H86a14 14 0 0 1-12-20z', main) +
    box(206, 344, 68, 12, 6, dark) +
    box(160, 176, 90, 12, 6, accent) +
    box(160, 200, 130, 8, 4, main) +
    box(160, 218, 110, 8, 4, main),
  Phones: ({ main, dark, light, accent }) =>
    box(166, 96, 148, 288, 28, dark) +
    box(176, 108, 128, 264, 18, light) +
    box(216, 116, 48, 10, 5, dark) +
    disc(240, 190, 34, accent) +
    box(196, 250, 88, 12, 6, main) +
    box(196, 274, 64, 12, 6, main) +
    box(212, 352, 56, 6, 3, dark),
  Monitors: ({ main, dark, light, accent }) =>
    box(80, 116, 320, 206, 14, dark) +
    box(92, 128, 296, 174, 6, light) +
    area('M92 276l80-70 60 44 70-80 86 84v42a6 6 0 0 1-6 6H98a6 6 0 0 1-6-6z', main) +
    disc(328, 166, 20, accent) +
    box(222, 322, 36, 46, 0, dark) +
    box(166, 364, 148, 18, 9, dark),
  Televisions: ({ main, dark, light, accent }) =>
    box(62, 120, 356, 214, 10, dark) +
    box(70, 128, 340, 194, 5, main) +
    area('M70 322V210q90-60 180 0t160-20v132z', light) +
    disc(150, 176, 26, accent) +
    line('M140 336l-22 46M340 336l22 46', dark, 12),
  Headphones: ({ main, dark, light, accent }) =>
    line('M120 270v-26a120 120 0 0 1 240 0v26', dark, 22) +
    box(96, 250, 66, 118, 30, main) +
    box(318, 250, 66, 118, 30, main) +
    box(150, 262, 24, 94, 12, dark) +
    box(306, 262, 24, 94, 12, dark) +
    disc(122, 309, 14, accent) +
    disc(358, 309, 14, light),
  Cameras: ({ main, dark, light, accent }) =>
    area('M190 140l16-28h68l16 28z', dark) +
    box(84, 138, 312, 226, 26, dark) +
    box(84, 184, 312, 128, 0, main) +
    disc(240, 252, 86, dark) +
    disc(240, 252, 66, light) +
    disc(240, 252, 44, dark) +
    disc(222, 234, 12, light) +
    box(330, 154, 40, 18, 9, accent),
  'Kitchen Appliances': ({ main, dark, light, accent }) =>
    area('M150 150h160l26 218a16 16 0 0 1-16 16H140a16 16 0 0 1-16-16z', main) +
    area('M150 182l-56-14 14 60 34 26z', main) +
    line('M316 176c86-8 96 146 18 148', dark, 18) +
    box(146, 134, 168, 20, 10, dark) +
    disc(230, 122, 14, accent) +
    box(196, 226, 20, 110, 10, light),
  Cookware: ({ main, dark, light, accent }) =>
    area('M104 214h272v104a60 60 0 0 1-60 60H164a60 60 0 0 1-60-60z', main) +
    box(86, 196, 308, 26, 13, dark) +
    area('M126 196q114-92 228 0z', light) +
    disc(240, 136, 16, accent) +
    line('M104 244H72M376 244h32', dark, 18),
  Furniture: ({ main, dark, light, accent }) =>
    box(104, 156, 272, 130, 34, main) +
    box(72, 222, 66, 120, 28, dark) +
    box(342, 222, 66, 120, 28, dark) +
    box(126, 258, 228, 62, 18, light) +
    box(112, 308, 256, 40, 10, main) +
    line('M112 352v32M368 352v32', dark, 14) +
    box(158, 206, 62, 58, 12, accent),
  Lighting: ({ main, dark, light, accent }) =>
    area('M186 110h108l60 126H126z', main) +
    area('M126 236h228l50 150H76z', light) +
    box(232, 236, 16, 122, 0, dark) +
    box(168, 356, 144, 24, 12, dark) +
    disc(240, 246, 22, accent) +
    line('M292 236v48', dark, 4),
  'Bedding and Bath': ({ main, dark, light, accent }) =>
    box(100, 304, 280, 76, 34, main) +
    box(112, 236, 256, 76, 34, light) +
    box(104, 168, 272, 76, 34, dark) +
    box(120, 112, 240, 64, 30, main) +
    box(316, 112, 24, 268, 0, accent) +
    line('M140 342h140M150 274h130', dark, 4),
  Clothing: ({ main, dark, light, accent }) =>
    area('M176 112q64 44 128 0l84 46-34 74-38-18v162a12 12 0 0 1-12 12H176a12 12 0 0 1-12-12V214l-38 18-34-74z', main) +
    line('M176 112q64 44 128 0', dark, 12) +
    box(166, 250, 148, 22, 0, light) +
    box(166, 284, 148, 10, 0, accent),
  Shoes: ({ main, dark, light, accent }) =>
    area('M92 208q38 24 74-14l92 76q26 18 82 24 56 6 56 54v6H92z', main) +
    box(84, 346, 320, 34, 17, light) +
    line('M186 214l-30 26M212 236l-30 28M238 258l-28 30', dark, 8) +
    area('M92 208q20 12 38 8l-6 130H92z', dark) +
    disc(320, 322, 12, accent),
  Bags: ({ main, dark, light, accent }) =>
    line('M196 142v-14a44 44 0 0 1 88 0v14', dark, 16) +
    area('M140 216a76 76 0 0 1 76-76h48a76 76 0 0 1 76 76v136a30 30 0 0 1-30 30H170a30 30 0 0 1-30-30z', main) +
    box(164, 264, 152, 96, 18, dark) +
    box(184, 264, 112, 10, 5, light) +
    box(192, 186, 96, 14, 7, light) +
    disc(240, 308, 14, accent),
  Watches: ({ main, dark, light, accent }) =>
    area('M192 150l14-70h68l14 70zM192 330l14 70h68l14-70z', dark) +
    disc(240, 240, 108, main) +
    disc(240, 240, 86, light) +
    line('M240 240v-58M240 240l40 24', dark, 10) +
    line('M240 240l-30 48', accent, 5) +
    disc(240, 240, 9, dark) +
    box(346, 226, 18, 28, 6, dark) +
    line('M240 164v8M240 308v8M164 240h8M308 240h8', dark, 6),
  Cycling: ({ main, dark, light, accent }) =>
    disc(140, 310, 68, light) +
    disc(340, 310, 68, light) +
    ring(140, 310, 68, dark, 12) +
    ring(340, 310, 68, dark, 12) +
    line('M140 310l62-112h112l-76 112zM202 198l36 112M340 310l-38-140', main, 14) +
    line('M178 190h50M302 170h-26M302 170q34-14 42 14', dark, 14) +
    disc(238, 310, 16, accent),
  Outdoor: ({ main, dark, light, accent }) =>
    area('M240 116L420 374H60z', main) +
    area('M240 116L330 374H150z', dark) +
    area('M240 170L292 374H188z', light) +
    line('M240 116l-14-26M240 116l14-26', dark, 8) +
    line('M60 374H420', accent, 10),
  Fitness: ({ main, dark, light, accent }) =>
    area('M190 222q-30-104 50-108 80 4 50 108l-30-8q18-60-20-62-38 2-20 62z', dark) +
    disc(240, 290, 92, main) +
    area('M172 362h136l-8 20H180z', dark) +
    disc(240, 290, 46, light) +
    line('M220 290h40M240 270v40', accent, 12),
  'Toys and Games': ({ main, dark, light, accent }) =>
    box(98, 250, 130, 130, 14, main) +
    box(252, 250, 130, 130, 14, dark) +
    box(176, 108, 130, 130, 14, light) +
    disc(163, 315, 30, light) +
    area('M317 276l38 72h-76z', accent) +
    box(214, 146, 54, 54, 6, main),
  'Garden and Tools': ({ main, dark, light, accent }) =>
    area('M140 262h200l-24 112a14 14 0 0 1-14 10H178a14 14 0 0 1-14-10z', main) +
    box(126, 240, 228, 34, 12, dark) +
    line('M240 240V130', dark, 10) +
    area('M240 196q-84 4-88-74 82-4 88 74z', light) +
    area('M240 164q8-72 88-70 2 74-88 70z', accent),
  Stationery: ({ main, dark, light, accent }) =>
    box(120, 100, 200, 280, 16, main) +
    box(120, 100, 40, 280, 16, dark) +
    box(186, 148, 106, 54, 8, light) +
    line('M200 168h78M200 184h50', dark, 5) +
    box(288, 100, 14, 300, 0, accent) +
    area('M352 130h30v196l-15 44-15-44z', light) +
    area('M352 326h30l-15 44z', dark),
}

const parcel: Draw = ({ main, dark, light, accent }) =>
  area('M110 190l130-60 130 60v140l-130 60-130-60z', main) +
  area('M240 250l130-60v140l-130 60z', dark) +
  area('M110 190l130-60 130 60-130 60z', light) +
  line('M175 160l130 60v50', accent, 14)

/** The drawing of a category; a parcel for one that is not known. */
export function shapeOf(category: string, palette: Palette): string {
  const draw = Object.hasOwn(shapes, category) ? shapes[category] : undefined
  return (draw ?? parcel)(palette)
}
