// What is wrong with the page as it is rendered: a list of sentences.
(() => {
  const found = [];
  const name = e => e.tagName.toLowerCase() + (e.id ? '#' + e.id : '') +
    (typeof e.className === 'string' && e.className ? '.' + e.className.trim().split(/\s+/).join('.') : '');
  const excerpt = e => JSON.stringify(e.textContent.trim().replace(/\s+/g, ' ').slice(0, 40));
  const rendered = e => e.getClientRects().length > 0 && e.checkVisibility({ visibilityProperty: true });

  const ids = new Map();
  for (const e of document.querySelectorAll('[id]')) ids.set(e.id, (ids.get(e.id) || 0) + 1);
  for (const [id, times] of ids) if (times > 1) found.push(`the id ${id} stands ${times} times`);

  const root = document.scrollingElement;
  if (root.scrollWidth > root.clientWidth) {
    const wide = [...document.querySelectorAll('body *')].filter(e => rendered(e) && !e.closest('.scroll') &&
      e.getBoundingClientRect().right > root.clientWidth + 0.5).slice(0, 3).map(name).join(', ');
    found.push(`the page is ${root.scrollWidth} px wide in a window of ${root.clientWidth}: ${wide}`);
  }

  let level = 0;
  for (const h of [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].filter(rendered)) {
    const own = Number(h.tagName[1]);
    if (level === 0 && own !== 1) found.push(`the first heading is an h${own}: ${excerpt(h)}`);
    if (level > 0 && own === 1) found.push(`there is a second h1: ${excerpt(h)}`);
    if (level > 0 && own > level + 1) found.push(`an h${own} follows an h${level}: ${excerpt(h)}`);
    level = own;
  }

  for (const e of [...document.querySelectorAll('input, select, textarea, button, a[href], summary')].filter(rendered)) {
    const labels = e.labels ? [...e.labels].map(l => l.textContent).join('') : '';
    const by = (e.getAttribute('aria-labelledby') || '').split(/\s+/).map(id => document.getElementById(id))
      .map(l => l ? l.textContent : '').join('');
    if (!(labels + by + (e.getAttribute('aria-label') || '') + e.textContent).trim()) found.push(`${name(e)} has no name`);
  }

  const canvas = Object.assign(document.createElement('canvas'), { width: 1, height: 1 })
    .getContext('2d', { willReadFrequently: true });
  const known = new Map();
  const colour = text => { // red, green, blue and opacity, each from 0 to 1
    if (!known.has(text)) {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = text;
      canvas.fillRect(0, 0, 1, 1);
      known.set(text, [...canvas.getImageData(0, 0, 1, 1).data].map(v => v / 255));
    }
    return known.get(text);
  };
  const over = (top, below, opacity = 1) => {
    const a = top[3] * opacity;
    return [0, 1, 2].map(i => top[i] * a + below[i] * (1 - a)).concat(1);
  };
  const luminance = c => c.slice(0, 3).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const contrast = (a, b) => {
    const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
    return (high + 0.05) / (low + 0.05);
  };
  const page = matchMedia('(prefers-color-scheme: dark)').matches ? [0, 0, 0, 1] : [1, 1, 1, 1];
  const backgrounds = new Map();
  const behind = e => { // the colour behind an element's text
    if (!e) return page;
    if (!backgrounds.has(e)) backgrounds.set(e, over(colour(getComputedStyle(e).backgroundColor), behind(e.parentElement)));
    return backgrounds.get(e);
  };
  const opacity = e => e ? Number(getComputedStyle(e).opacity) * opacity(e.parentElement) : 1;
  const inDrawing = e => { // a label of a drawing may stand on a bar that was drawn before it
    const svg = e.closest('svg'), box = e.getBoundingClientRect();
    const x = box.x + box.width / 2, y = box.y + box.height / 2;
    let under = behind(svg.parentElement);
    for (const r of svg.querySelectorAll('rect')) {
      const at = r.getBoundingClientRect(), style = getComputedStyle(r);
      const covers = at.left <= x && x <= at.right && at.top <= y && y <= at.bottom;
      const before = r.compareDocumentPosition(e) & Node.DOCUMENT_POSITION_FOLLOWING;
      if (covers && before && /^(rgb|color|ok|lab|lch|hsl)/.test(style.fill)) {
        under = over(colour(style.fill), under, Number(style.fillOpacity) * opacity(r));
      }
    }
    return under;
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const low = new Map();
  for (let n = texts.nextNode(); n; n = texts.nextNode()) {
    const e = n.parentElement;
    if (!n.data.trim() || !rendered(e) || e.closest('[disabled]')) continue;
    const style = getComputedStyle(e), drawn = e instanceof SVGElement;
    const under = drawn ? inDrawing(e) : behind(e);
    const reached = contrast(over(colour(drawn ? style.fill : style.color), under, opacity(e)), under);
    const key = `${name(e)} has a contrast of ${reached.toFixed(2)}`;
    if (reached < 4.5 && !low.has(key)) low.set(key, excerpt(e));
  }
  for (const [key, text] of low) found.push(`${key}: ${text}`);
  return found;
})()
