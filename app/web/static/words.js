// The words of a page's scripts, as the server wrote them into it in the page's language:
//   <script type="application/json" id="words">{"waiting": {"one": "...", "other": "{n} ..."}}</script>

const place = document.getElementById("words");
const words = place === null ? {} : JSON.parse(place.textContent);
let plural; // made when a number is first said

// Returns the words of `key` with {name} replaced from `values`; `n` among them chooses the form.
export function word(key, values = {}) {
  const entry = words[key];
  if (entry === undefined) throw new Error(`no words for ${key}`);
  if (typeof entry !== "string") plural ??= new Intl.PluralRules(document.documentElement.lang);
  const text = typeof entry === "string" ? entry : (entry[plural.select(values.n)] ?? entry.other);
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}
