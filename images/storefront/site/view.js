// Values in, elements and words out. Everything from the server becomes text, never markup.

const euros = new Intl.NumberFormat("en-IE", { style: "currency", currency: "EUR" });
const ago = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

export const price = (cents) => euros.format(cents / 100);

function fill(template, texts) {
  const element = document.getElementById(template).content.firstElementChild.cloneNode(true);
  for (const [selector, text] of Object.entries(texts)) {
    element.querySelector(selector).textContent = text;
  }
  return element;
}

export function productCard(product) {
  const card = fill("product-template", {
    ".name": product.name,
    ".description": product.description,
    ".price": price(product.price_cents),
  });
  const picture = card.querySelector("img");
  picture.addEventListener("error", () => (picture.src = "/art/parcel.svg"), { once: true });
  picture.src = `/art/${product.slug}.svg`;
  card.querySelector("input").value = product.id;
  return card;
}

export function orderRow(order) {
  const row = fill("order-template", {
    ".number": `#${order.id}`,
    ".what": `${order.quantity} × ${order.product}`,
    ".who": `for ${order.customer}`,
    time: since(order.placed_at),
    ".status": order.status === "packed" ? "Packed" : "Placed",
  });
  row.dataset.order = order.id;
  row.dataset.status = order.status;
  row.querySelector("time").dateTime = order.placed_at;
  if (order.packed_by) row.querySelector(".status").title = `Packed by ${order.packed_by}`;
  return row;
}

export function receipt(order) {
  if (order.status !== "packed") return `Order ${order.id} is placed. Packing it now…`;
  const seconds = (Date.parse(order.packed_at) - Date.parse(order.placed_at)) / 1000;
  return `Order ${order.id} is packed. It took ${seconds.toFixed(1)} seconds.`;
}

export function versionLine({ api, ...storefront }) {
  return `${build("storefront", storefront)} · ${build("api", api)}`;
}

function build(service, known) {
  if (!known) return `${service} away`;
  const commit = known.commit === "unknown" ? "" : ` (${known.commit.slice(0, 7)})`;
  return `${service} ${known.build}${commit}`;
}

function since(moment) {
  const seconds = Math.min(0, (Date.parse(moment) - Date.now()) / 1000);
  if (seconds > -45) return "just now";
  if (seconds > -3600) return ago.format(Math.round(seconds / 60), "minute");
  if (seconds > -86400) return ago.format(Math.round(seconds / 3600), "hour");
  return ago.format(Math.round(seconds / 86400), "day");
}
