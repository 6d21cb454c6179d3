// Log in, or register. A customer exists in this browser only; a password is asked for and forgotten.
import { at, field, say } from "../dom";
import { leaveFor, signal } from "../signals";
import { load, update, type Customer } from "../state";

const FIRST = ["Ada", "Ben", "Chidi", "Dora", "Emil", "Fatima", "Grace", "Hugo", "Ines", "Jun", "Kofi", "Lena", "Mara", "Noor", "Omar", "Pia"]; // prettier-ignore
const LAST = ["Abbott", "Berger", "Castro", "Dube", "Eklund", "Fontaine", "Gruber", "Hale", "Ito", "Jensen", "Kaya", "Lopez", "Moreau", "Novak", "Okafor", "Petrov"]; // prettier-ignore

/** Where the visitor wanted to go: an address of this shop, whatever the URL says. */
export function next(): string {
  const wanted = new URLSearchParams(location.search).get("next") ?? "";
  return /^\/(?![/\\])/.test(wanted) ? wanted : "/account";
}

function any(list: string[]): string {
  return list[Math.floor(Math.random() * list.length)] ?? "";
}

function uuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}

const emailOf = (form: HTMLFormElement) => field(form, "email").toLowerCase();
const withEmail = (email: string) => load().customers.find(({ emails }) => emails.includes(email));

async function enter(customer: Customer, registered: boolean): Promise<void> {
  update(() => ({ current: customer.id }));
  if (registered) await signal("NEW_CUSTOMER");
  await signal("LOGIN");
  await leaveFor(next());
}

export function listenToLogin(): void {
  const login = at<HTMLFormElement>("login");
  const register = at<HTMLFormElement>("register");

  login.addEventListener("submit", (event) => {
    event.preventDefault();
    const customer = withEmail(emailOf(login));
    if (customer) void enter(customer, false);
    else say("login-message", "There is no account with this address in this browser yet. Please register.", true);
  });

  register.addEventListener("submit", (event) => {
    event.preventDefault();
    const email = emailOf(register);
    if (withEmail(email)) {
      say("register-message", "There is an account with this address already. Please log in.", true);
      return;
    }
    const customer: Customer = { id: uuid(), name: field(register, "name"), emails: [email] };
    update(({ customers }) => ({ customers: [...customers, customer] }));
    void enter(customer, true);
  });

  at("suggest").addEventListener("click", () => {
    const [first, last] = [any(FIRST), any(LAST)];
    const set = (name: string, value: string) => {
      (register.elements.namedItem(name) as HTMLInputElement).value = value;
    };
    set("name", `${first} ${last}`);
    set("email", `${first}.${last}@example.com`.toLowerCase());
    set("password", "loosehanger");
  });
}
