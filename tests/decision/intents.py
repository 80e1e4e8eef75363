"""Texts that touch one thing or another."""

PAYMENT = b"""
intent pay(payer: Account, payee: Account, amount: Balance) {
    guard { amount > 0; old_payer_balance >= amount; }
    effect { payer.balance -= amount; payee.balance += amount; }
    verify {
        payer_balance == old_payer_balance - amount;
        payee_balance == old_payee_balance + amount;
    }
}
"""

LEAK = PAYMENT.replace(b"payee.balance += amount;", b"payee.balance += amount - 1;").replace(
    b"payee_balance == old_payee_balance + amount;", b"payee_balance >= old_payee_balance;"
)
"""One unit of every payment disappears."""

COUNTER = b"""
intent count(step: Int) {
    guard { step > 0; }
    verify { new_total == old_total + step; new_total > old_total; }
}
"""
"""No money, no account, nothing from outside but the counter itself."""

TWO_PAYMENTS = PAYMENT + PAYMENT.replace(b"intent pay(", b"intent pay_again(")
