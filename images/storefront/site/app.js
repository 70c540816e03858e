// What happens on the page: the shelf is filled, an order is placed, the bench is watched.

import * as api from "./api.js";
import * as view from "./view.js";

const BUSY = 400; // ms between looks at the bench while something waits to be packed
const CALM = 4000; // ms otherwise

const page = (id) => document.getElementById(id);
const form = page("order-form");
const quantity = page("quantity");
const customer = page("customer");

let shelf = [];
let mine = null; // the order placed from this page, until it is seen packed
let nextLook;

function chosen() {
  const id = Number(new FormData(form).get("product"));
  return shelf.find((product) => product.id === id);
}

function showTotal() {
  const product = chosen();
  const count = quantity.valueAsNumber;
  page("chosen").textContent = product?.name ?? "Choose something from the shelf.";
  page("chosen").classList.toggle("made", Boolean(product));
  page("total").textContent = product && count > 0 ? view.price(product.price_cents * count) : "–";
}

function step(by) {
  quantity.value = Math.min(20, Math.max(1, (quantity.valueAsNumber || 0) + by));
  showTotal();
}

function showProblem(text, field) {
  for (const input of [quantity, customer]) input.setAttribute("aria-invalid", input === field);
  page("problem").textContent = text;
  page("problem").hidden = !text;
  field?.focus();
}

function findProblem() {
  if (!chosen()) return ["Choose something from the shelf first.", form.elements.product?.[0]];
  if (!quantity.validity.valid) return ["The quantity is a number from 1 to 20.", quantity];
  if (!customer.value.trim()) return ["Please tell us your name.", customer];
  return ["", null];
}

async function place() {
  const [problem, field] = findProblem();
  showProblem(problem, field);
  if (problem) return;
  page("place").disabled = true;
  try {
    const order = await api.placeOrder({
      product_id: chosen().id,
      quantity: quantity.valueAsNumber,
      customer: customer.value.trim(),
    });
    mine = order.id;
    showReceipt(order);
    await watchBench();
  } catch (error) {
    showProblem(error.message);
  } finally {
    page("place").disabled = false;
  }
}

function showReceipt(order) {
  const receipt = page("receipt");
  if (receipt.dataset.order === String(order.id) && receipt.dataset.status === order.status) return;
  receipt.dataset.order = order.id;
  receipt.dataset.status = order.status;
  receipt.textContent = view.receipt(order);
}

function showBench(orders) {
  page("bench-notice").hidden = orders.length > 0;
  page("orders").replaceChildren(...orders.map(view.orderRow));
  const order = orders.find(({ id }) => id === mine);
  if (order) showReceipt(order);
}

async function watchBench() {
  clearTimeout(nextLook);
  let pause = CALM;
  try {
    const orders = await api.orders();
    showBench(orders);
    if (orders.some(({ status }) => status === "placed")) pause = BUSY;
  } catch (error) {
    page("bench-notice").hidden = false;
    page("bench-notice").textContent = error.message;
  }
  clearTimeout(nextLook);
  if (!document.hidden) nextLook = setTimeout(watchBench, pause);
}

async function fillShelf() {
  const notice = page("shelf-notice");
  try {
    shelf = await api.products();
    page("products").replaceChildren(...shelf.map(view.productCard));
    notice.textContent = "";
  } catch (error) {
    notice.textContent = error.message;
    setTimeout(fillShelf, CALM);
  }
}

async function showVersion() {
  page("version").textContent = await api.version().then(view.versionLine, () => "");
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  place();
});
form.addEventListener("input", () => {
  showTotal();
  showProblem("");
});
page("fewer").addEventListener("click", () => step(-1));
page("more").addEventListener("click", () => step(+1));
document.addEventListener("visibilitychange", () => document.hidden || watchBench());

fillShelf();
watchBench();
showVersion();
