"""Independent referee for the buy-till-you-die models (own derivation of the
published formulas; numpy/scipy only).  Used by cdnow.py.

BG/NBD          Fader, Hardie & Lee (2005), Marketing Science 24(2) 275-284, eqs. (6)-(10)
Pareto/NBD      Schmittlein, Morrison & Colombo (1987); likelihood in the one-integral
                form of Fader & Hardie (2005) 'A Note on Deriving the Pareto/NBD Model'
Gamma-Gamma     Fader & Hardie (2013) 'The Gamma-Gamma Model of Monetary Value'
"""
import numpy as np
from scipy.special import gammaln, betaln, hyp2f1
from scipy.optimize import minimize
from numpy.polynomial.legendre import leggauss

# ---------------------------------------------------------------- BG/NBD
def bgnbd_ll_i(p, x, tx, T):
    r, al, a, b = p
    A = gammaln(r + x) - gammaln(r) + r * np.log(al) + betaln(a, b + x) - betaln(a, b)
    t1 = -(r + x) * np.log(al + T)
    with np.errstate(invalid='ignore', divide='ignore'):
        t2 = np.where(x > 0, np.log(a) - np.log(b + np.maximum(x, 1) - 1) - (r + x) * np.log(al + tx), -np.inf)
    return A + np.logaddexp(t1, t2)

def bgnbd_palive(p, x, tx, T):
    r, al, a, b = p
    with np.errstate(over='ignore'):
        lo = np.log(a) - np.log(b + np.maximum(x, 1) - 1) + (r + x) * (np.log(al + T) - np.log(al + tx))
    return np.where(x == 0, 1.0, 1 / (1 + np.exp(lo)))

def bgnbd_cet(p, x, tx, T, t):
    r, al, a, b = p
    z = t / (al + T + t)
    num = (a + b + x - 1) / (a - 1) * (1 - ((al + T) / (al + T + t)) ** (r + x) * hyp2f1(r + x, b + x, a + b + x - 1, z))
    return num * bgnbd_palive(p, x, tx, T)

def bgnbd_expect(p, t):
    r, al, a, b = p
    return (a + b - 1) / (a - 1) * (1 - (al / (al + t)) ** r * hyp2f1(r, b, a + b - 1, t / (al + t)))

# ------------------------------------------------------------ Pareto/NBD
_gl = leggauss(128)
def pnbd_ll_i(p, x, tx, T):
    """1-D Gauss-Legendre on u=log(beta+tau) instead of 2F1; all in logs."""
    r, al, s, be = p
    A = gammaln(r + x) - gammaln(r) + r * np.log(al) + s * np.log(be)
    l1 = -(r + x) * np.log(al + T) - s * np.log(be + T)
    lo, hi = np.log(be + tx), np.log(be + T)
    h = (hi - lo) / 2
    u = (lo + hi)[:, None] / 2 + h[:, None] * _gl[0][None, :]
    tau = np.exp(u) - be
    f = -(r + x)[:, None] * np.log(al + tau) - s * u       # (be+tau)^-(s+1) d tau = e^{-s u} du
    m = f.max(1)
    with np.errstate(divide='ignore'):
        l2 = np.log(s) + m + np.log(h) + np.log((np.exp(f - m[:, None]) * _gl[1]).sum(1))
    return A + np.logaddexp(l1, l2)

def pnbd_ll_i_2f1(p, x, tx, T):
    """textbook 2F1 form (Fader & Hardie 2005 note, eq. 20-22) as a second opinion"""
    r, al, s, be = p
    mx, ab = max(al, be), abs(al - be)
    p2 = s + 1 if al >= be else r + x
    def F(t): return np.log(hyp2f1(r + s + x, p2, r + s + x + 1, ab / (mx + t))) - (r + s + x) * np.log(mx + t)
    f1, f2 = F(tx), F(T)
    with np.errstate(divide='ignore'):
        A0 = f1 + np.log1p(-np.exp(f2 - f1))
    return gammaln(r + x) - gammaln(r) + r * np.log(al) + s * np.log(be) + np.logaddexp(
        -(r + x) * np.log(al + T) - s * np.log(be + T), np.log(s) - np.log(r + s + x) + A0)

def pnbd_palive(p, x, tx, T):
    r, al, s, be = p
    A = gammaln(r + x) - gammaln(r) + r * np.log(al) + s * np.log(be)
    return np.exp(A - (r + x) * np.log(al + T) - s * np.log(be + T) - pnbd_ll_i(p, x, tx, T))

def pnbd_cet(p, x, tx, T, t):
    r, al, s, be = p
    if abs(s - 1) < 1e-9:
        k = (be + T) * np.log((be + T + t) / (be + T))
    else:
        k = (be + T) / (s - 1) * (1 - ((be + T) / (be + T + t)) ** (s - 1))
    return (r + x) / (al + T) * k * pnbd_palive(p, x, tx, T)

def pnbd_expect(p, t):
    r, al, s, be = p
    return r * be / (al * (s - 1)) * (1 - (be / (be + t)) ** (s - 1))

# ----------------------------------------------------------- Gamma-Gamma
def gg_ll_i(p, x, m):
    pp, q, g = p
    return (gammaln(pp * x + q) - gammaln(pp * x) - gammaln(q) + q * np.log(g) + (pp * x - 1) * np.log(m)
            + pp * x * np.log(x) - (pp * x + q) * np.log(g + m * x))

def gg_cond_mean(p, x, m):
    pp, q, g = p
    return pp * (g + x * np.where(x > 0, m, 0)) / (pp * x + q - 1)

# ------------------------------------------------------------------- fit
def fit(ll, start, *data, w=None):
    def nll(lp):
        v = ll(np.exp(lp), *data)
        return -(v.sum() if w is None else (v * w).sum())
    best = None
    for s in start:
        o = minimize(nll, np.log(s), method='Nelder-Mead', options=dict(maxiter=20000, maxfev=20000, xatol=1e-10, fatol=1e-10))
        o = minimize(nll, o.x, method='BFGS', options=dict(gtol=1e-7))
        if best is None or o.fun < best.fun - 1e-9: best = o
    return np.exp(best.x), -best.fun

def fit_bounded(ll, start, *data, lo=-7.0, hi=7.0):
    """box-bounded multi-start in log-parameters; non-finite likelihoods are rejected. Returns params, LL, list of parameters sitting on a bound"""
    def nll(lp):
        with np.errstate(all='ignore'): v = -ll(np.exp(lp), *data).sum()
        return v if np.isfinite(v) else 1e15
    best = None
    for s in start:
        o = minimize(nll, np.clip(np.log(s), lo, hi), method='L-BFGS-B', bounds=[(lo, hi)] * len(s), options=dict(maxiter=5000, ftol=1e-15, gtol=1e-9))
        o = minimize(nll, o.x, method='Nelder-Mead', bounds=[(lo, hi)] * len(s), options=dict(maxiter=20000, maxfev=20000, xatol=1e-9, fatol=1e-9))
        if best is None or o.fun < best.fun - 1e-9: best = o
    return np.exp(best.x), -best.fun, [i for i, z in enumerate(best.x) if z < lo + 1e-3 or z > hi - 1e-3]

def nbd_ll_i(p, x, T):
    """no-dropout limit of both models"""
    r, al = p
    return gammaln(r + x) - gammaln(r) + r * np.log(al) - (r + x) * np.log(al + T)
