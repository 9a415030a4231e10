// <handover-export>: the button with which the product's people take their data with them. docs/embed.md says how it is used.
//
// Served as one module: style.js, service.js, words.js, picture.js, element.js.

const STYLE = `
:host { display: block; --_accent: #1f5fbf; --_on: #fff; --_quiet: inherit; --_line: #8a94a3; --_track: #d9dee5; }
@supports (color: light-dark(#000, #fff)) and (color: color-mix(in srgb, #000 50%, #fff)) {
  :host {
    --_accent: light-dark(#1f5fbf, #8ab4f8);
    --_on: light-dark(#fff, #0d1b30);
    --_quiet: color-mix(in srgb, currentColor 80%, transparent);
    --_line: color-mix(in srgb, currentColor 55%, transparent);
    --_track: color-mix(in srgb, currentColor 16%, transparent);
  }
}
:host([hidden]), [hidden] { display: none !important; }
* { box-sizing: border-box; }
.box { display: grid; gap: var(--handover-gap, 0.75rem); max-width: var(--handover-width, 36rem); text-align: start; }
p { margin: 0; overflow-wrap: anywhere; }
.title { font-weight: 600; }
.intro, .detail, .step, .note { color: var(--handover-quiet, var(--_quiet)); }
.step { font-variant-numeric: tabular-nums; }
.notice { padding-inline-start: 0.75rem; border-inline-start: 3px solid var(--handover-accent, var(--_accent)); }
.warning { border-color: var(--handover-warning, #c27400); }
.track { block-size: 0.5rem; overflow: hidden; border-radius: 1rem; background: var(--handover-track, var(--_track)); }
.bar { block-size: 100%; border-radius: inherit; background: var(--handover-accent, var(--_accent)); transition: inline-size 0.4s; }
.track:not([aria-valuenow]) .bar { inline-size: 30%; animation: wait 1.6s ease-in-out infinite alternate; }
@keyframes wait { to { margin-inline-start: 70%; } }
.actions { display: flex; flex-wrap: wrap; gap: 0.75rem; }
button {
  min-block-size: 2.75rem; padding: 0.5rem 1.25rem; border: 1px solid var(--handover-line, var(--_line));
  border-radius: var(--handover-radius, 0.5rem); background: none; color: inherit; font: inherit; cursor: pointer;
}
.main { border-color: transparent; background: var(--handover-accent, var(--_accent)); color: var(--handover-on-accent, var(--_on)); font-weight: 600; }
button[aria-disabled] { opacity: 0.75; cursor: progress; }
:focus-visible { outline: 3px solid var(--handover-accent, var(--_accent)); outline-offset: 2px; border-radius: 2px; }
button:focus-visible { border-radius: var(--handover-radius, 0.5rem); }
.said { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (max-width: 30rem) { button { flex: 1 1 100%; } }
@media (prefers-reduced-motion: reduce) { .bar { transition: none; animation: none !important; } }
@media (forced-colors: active) { .track { border: 1px solid; } .bar { background: Highlight; } }
`;
