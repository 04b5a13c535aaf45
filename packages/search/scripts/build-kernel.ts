// Compiles src/vector/kernel.wat and writes it as text into src/vector/kernel-bytes.ts.
import { readFileSync, writeFileSync } from 'node:fs'
import { compileKernel, kernelSource } from './compile-kernel.ts'

const source = new URL('../src/vector/kernel.wat', import.meta.url)
const target = new URL('../src/vector/kernel-bytes.ts', import.meta.url)
writeFileSync(target, kernelSource(await compileKernel(readFileSync(source, 'utf8'))))
