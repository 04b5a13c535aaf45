import { stemmer as danish } from '@orama/stemmers/danish'
import { stemmer as dutch } from '@orama/stemmers/dutch'
import { stemmer as english } from '@orama/stemmers/english'
import { stemmer as finnish } from '@orama/stemmers/finnish'
import { stemmer as french } from '@orama/stemmers/french'
import { stemmer as german } from '@orama/stemmers/german'
import { stemmer as italian } from '@orama/stemmers/italian'
import { stemmer as norwegian } from '@orama/stemmers/norwegian'
import { stemmer as portuguese } from '@orama/stemmers/portuguese'
import { stemmer as spanish } from '@orama/stemmers/spanish'
import { stemmer as swedish } from '@orama/stemmers/swedish'

/** What a language brings to text analysis. */
export interface LanguageRules {
  /** Takes a folded, lower-case word to its stem (Snowball). */
  readonly stem: (word: string) => string
  /** Folded words that carry no meaning of their own; a query made of nothing else keeps them. */
  readonly stopWords: ReadonlySet<string>
}

const same = (word: string): string => word

const rules = {
  none: { stem: same, stopWords: words('') },
  english: {
    stem: english,
    stopWords: words('a an and are as at be but by for if in into is it no not of on or such that the their then there these they this to was will with'),
  },
  german: {
    stem: german,
    stopWords: words(
      'der die das den dem des ein eine einen einem einer und oder aber mit von zu zum zur im in ist sind fur auf aus bei als auch an am es wie nicht',
    ),
  },
  french: {
    stem: french,
    stopWords: words('le la les un une des du de et ou en au aux a pour par sur avec dans est ce ces cette que qui ne pas se son sa ses'),
  },
  spanish: { stem: spanish, stopWords: words('el la los las un una unos unas de del y o en a al con por para es que se su sus lo como mas no') },
  italian: { stem: italian, stopWords: words('il lo la i gli le un uno una di del della dei e o in a al con per da che si non su come') },
  portuguese: { stem: portuguese, stopWords: words('o a os as um uma de do da dos das e ou em no na nos nas com por para que se nao') },
  dutch: { stem: dutch, stopWords: words('de het een en of van in op te met voor is dat die er aan bij als niet om') },
  swedish: { stem: swedish, stopWords: words('en ett den det och eller i pa av till med for ar som att de inte om') },
  danish: { stem: danish, stopWords: words('en et den det og eller i pa af til med for er som at de ikke om') },
  norwegian: { stem: norwegian, stopWords: words('en et den det og eller i pa av til med for er som at de ikke om') },
  finnish: { stem: finnish, stopWords: words('ja tai on ei se joka etta kun niin myos mutta kuin') },
} as const satisfies Record<string, LanguageRules>

/** A language with a Snowball stemmer; `none` neither stems nor drops words. */
export type Language = keyof typeof rules

/** The stemmer and stop words of a language. */
export function languageRules(language: Language): LanguageRules {
  return rules[language]
}

/** Whether a value names a language that is known here. */
export function isLanguage(value: unknown): value is Language {
  return typeof value === 'string' && Object.hasOwn(rules, value)
}

function words(list: string): ReadonlySet<string> {
  return new Set(list.split(' ').filter((word) => word !== ''))
}
