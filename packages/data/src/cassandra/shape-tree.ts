/**
 * Finds the text of a statement by its shape, word by word. Texts that are made anew each time cost more than all encoding: they are joined, hashed
 * and compared again by the driver, which looks up what it has prepared by the text.
 */
export class ShapeTree {
  readonly #next = new Map<string, ShapeTree>()
  /** The text of the shape that ends here, once it was made. */
  text: string | undefined

  /** The shape with one more word. */
  at(word: string): ShapeTree {
    let next = this.#next.get(word)
    if (next === undefined) {
      next = new ShapeTree()
      this.#next.set(word, next)
    }
    return next
  }

  /** The shape with more words. */
  through(words: readonly string[]): ShapeTree {
    return words.reduce<ShapeTree>((shape, word) => shape.at(word), this)
  }
}
