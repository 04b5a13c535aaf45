import { call } from '../api.js'
import { el, fill } from '../dom.js'
import { go, readHash } from '../router.js'
import { icon } from './icon.js'

const pauseMs = 140

/**
 * The search field with suggestions while typing: a combobox with a list box, as the ARIA practices describe it.
 * Arrow keys move through the suggestions, Enter takes one or searches for what was typed, Escape closes the list.
 */
export function createSearchBox() {
  const list = el('ul', { class: 'suggestions', id: 'suggestions', role: 'listbox', 'aria-label': 'Suggestions', hidden: true })
  const input = el('input', {
    type: 'search',
    name: 'q',
    id: 'q',
    placeholder: 'Search the shop',
    autocomplete: 'off',
    spellcheck: 'false',
    maxlength: 200,
    role: 'combobox',
    'aria-label': 'Search the shop',
    'aria-autocomplete': 'list',
    'aria-expanded': 'false',
    'aria-controls': 'suggestions',
  })
  const status = el('span', { class: 'unseen', role: 'status' })
  const form = el(
    'form',
    { class: 'search', role: 'search' },
    icon('search'),
    input,
    el('button', { class: 'button button-small', type: 'submit' }, 'Search'),
    list,
    status,
  )

  let active = -1
  let timer = 0
  let pending = new AbortController()

  const options = () => [...list.children].filter((child) => child instanceof HTMLElement)
  const close = () => {
    clearTimeout(timer)
    pending.abort()
    list.hidden = true
    active = -1
    input.setAttribute('aria-expanded', 'false')
    input.removeAttribute('aria-activedescendant')
  }
  /** @param {string} text */
  const search = (text) => {
    close()
    const { path, query } = readHash(location.hash)
    const kept = path === '/' ? query : new URLSearchParams()
    kept.delete('sort')
    if (text.trim() === '') kept.delete('q')
    else kept.set('q', text.trim())
    go(`/?${kept}`)
  }
  /** @param {{ text: string, id: string }} suggestion */
  const take = ({ id }) => {
    close()
    input.blur()
    go(`/product/${id}`)
  }
  /** @param {readonly { text: string, id: string }[]} suggestions */
  const offer = (suggestions) => {
    fill(
      list,
      suggestions.map((suggestion, at) =>
        el(
          'li',
          {
            id: `suggestion-${at}`,
            role: 'option',
            'aria-selected': 'false',
            onmousedown: (/** @type {Event} */ event) => event.preventDefault(),
            onclick: () => take(suggestion),
          },
          suggestion.text,
        ),
      ),
    )
    list.hidden = suggestions.length === 0
    active = -1
    input.setAttribute('aria-expanded', String(!list.hidden))
    input.removeAttribute('aria-activedescendant')
    status.textContent = suggestions.length === 0 ? '' : `${suggestions.length} suggestions`
  }
  const suggest = async () => {
    const text = input.value.trim()
    pending.abort()
    pending = new AbortController()
    const { signal } = pending
    if (text.length < 2) return offer([])
    try {
      const { data } = await call(`/products/suggest?${new URLSearchParams({ q: text.slice(0, 100), limit: '7' })}`, { signal })
      if (!signal.aborted && document.activeElement === input) offer(data)
    } catch {
      // Suggestions are a courtesy: without them the field still searches.
      if (!signal.aborted) offer([])
    }
  }
  /** @param {number} step */
  const move = (step) => {
    const all = options()
    if (list.hidden || all.length === 0) return
    // One place more than there are options: after the last comes the field itself.
    active = ((active + 1 + step + all.length + 1) % (all.length + 1)) - 1
    for (const [at, option] of all.entries()) option.setAttribute('aria-selected', String(at === active))
    const chosen = all[active]
    if (chosen === undefined) input.removeAttribute('aria-activedescendant')
    else {
      input.setAttribute('aria-activedescendant', chosen.id)
      chosen.scrollIntoView({ block: 'nearest' })
    }
  }

  input.addEventListener('input', () => {
    clearTimeout(timer)
    timer = window.setTimeout(() => void suggest(), pauseMs)
  })
  input.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      move(event.key === 'ArrowDown' ? 1 : -1)
    } else if (event.key === 'Escape' && !list.hidden) {
      event.preventDefault()
      close()
    }
  })
  input.addEventListener('blur', close)
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const chosen = options()[active]
    if (chosen === undefined) search(input.value)
    else chosen.click()
  })

  return {
    element: form,
    /** @param {string} text */
    setText(text) {
      if (document.activeElement !== input) input.value = text
    },
  }
}
