// Every element that has an open shadow root, in the order of the document.
const hosts = (root = document) => [...root.querySelectorAll('*')].filter(element => element.shadowRoot)
    .flatMap(host => [host, ...hosts(host.shadowRoot)]);
// Every element that a selector finds, also in shadow roots.
const deep = selector => [document, ...hosts().map(host => host.shadowRoot)]
    .flatMap(root => [...root.querySelectorAll(selector)]);
const seen = element => element.checkVisibility({ visibilityProperty: true, opacityProperty: true })
    && element.getClientRects().length > 0;
// How a person who reads the source would name an element.
const named = element => {
    const classes = [...element.classList].map(name => '.' + name).join('');
    const text = (element.getAttribute('aria-label') || element.innerText || element.value || '').trim().slice(0, 40);
    return `<${element.localName}${element.id ? '#' + element.id : ''}${classes}>${text ? ` "${text}"` : ''}`;
};
