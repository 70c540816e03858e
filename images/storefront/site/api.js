// The requests the page makes. Each gives the answer's JSON or throws an Error a person can read.

async function request(path, options) {
  const response = await fetch(path, options).catch(() => {
    throw new Error("The shop does not answer. Is the connection up?");
  });
  const answer = await response.json().catch(() => null);
  if (!response.ok || answer === null) {
    throw new Error(answer?.detail ?? `The shop answered ${response.status}.`);
  }
  return answer;
}

export const products = () => request("/api/products");
export const orders = () => request("/api/orders");
export const version = () => request("/version");
export const placeOrder = (order) =>
  request("/api/orders", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(order),
  });
