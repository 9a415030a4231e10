
/** Sentences, numbers, sizes and dates as the person reads them. */
class Words {
  language = "en";
  direction = "ltr";
  #locale = "en";
  #sentences = {};
  #element;

  constructor(element) {
    this.#element = element;
  }

  get areKnown() {
    return "start" in this.#sentences;
  }

  learn({ language, direction, strings }, wanted) {
    [this.language, this.direction, this.#sentences] = [language, direction, strings];
    // Numbers and dates as they are written where the person lives, if that is in this language.
    const isSpoken = (tag) => tag.includes("-") && tag.split("-")[0] === language.split("-")[0];
    this.#locale = [wanted, ...navigator.languages].find(isSpoken) ?? language;
  }

  forget() {
    this.#sentences = {};
  }

  /** The sentence of this name: the page's own, or the translated one. */
  say(name, values = {}) {
    let text = this.#element.getAttribute(`text-${name}`) ?? this.#element.strings?.[name] ?? this.#sentences[name] ?? "";
    if (text.by) {
      const count = values[text.by];
      text = text[count] ?? text[new Intl.PluralRules(this.language).select(count)] ?? text.other;
    }
    return text.replace(/\{(\w+)\}/g, (_, place) => (typeof values[place] === "number" ? this.number(values[place]) : values[place]));
  }

  number(number) {
    return new Intl.NumberFormat(this.#locale).format(number);
  }

  size(bytes, digits = 3) {
    const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), 4);
    const unit = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"][power];
    const form = { style: "unit", unit, unitDisplay: power ? "short" : "long", maximumSignificantDigits: digits };
    return new Intl.NumberFormat(this.#locale, form).format(bytes / 1000 ** power);
  }

  date(time) {
    return new Intl.DateTimeFormat(this.#locale, { dateStyle: "long", timeStyle: "short" }).format(new Date(time));
  }
}
