// wabt ships as CommonJS with a default export; the only default import of this package.
import wabt from 'wabt'

/** Compiles WebAssembly text into bytes. */
export async function compileKernel(source: string): Promise<Uint8Array> {
  const module = (await wabt()).parseWat('kernel.wat', source, { simd: true })
  try {
    return module.toBinary({}).buffer
  } finally {
    module.destroy()
  }
}

/** The TypeScript file that carries the bytes. */
export function kernelSource(bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,120}/g) ?? []
  return [
    "// Made from kernel.wat by 'pnpm --filter @hanse/search wasm'; do not edit.",
    '',
    '/** The compiled kernel, in base64. */',
    'export const kernelBase64 =',
    ...lines.map((line, i) => `  '${line}'${i < lines.length - 1 ? ' +' : ''}`),
    '',
  ].join('\n')
}
