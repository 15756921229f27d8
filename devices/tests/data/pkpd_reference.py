"""Reference trajectories for the opioid infusion plant, by an integrator that shares nothing with it.

Needs scipy (1.17.1 was used). Writes pkpd_*.csv beside itself: minute, effect-site concentration [ng/mL],
arterial and centre carbon dioxide, alveolar oxygen [mmHg], ventilation share, saturation. The equations and
constants are those of devices/data/plants/opioid.toml, integrated as one system of seven equations by DOP853
with relative tolerance 1e-11, in pieces between input changes.
"""

from pathlib import Path

import numpy as np
from scipy.integrate import solve_ivp

P0, V0, F, KE0_CO2, KEL, C50, HILL = 42.4, 7.06, 4.30, 0.92, 0.08, 0.92, 1.25
INSPIRED, SHARE, UPTAKE, LUNG, GRADIENT = 149.0, 0.7, 863.0 * 0.25, 3.28, 5.0


def minto(age, weight, height, man):
    lean = (1.1 * weight - 128 * (weight / height) ** 2) if man else (1.07 * weight - 148 * (weight / height) ** 2)
    a, l = age - 40, lean - 55
    v1, v2, v3 = 5.1 - 0.0201 * a + 0.072 * l, 9.82 - 0.0811 * a + 0.108 * l, 5.42
    cl1, cl2, cl3 = 2.6 - 0.0162 * a + 0.0191 * l, 2.05 - 0.0301 * a, 0.076 - 0.00113 * a
    return v1, cl1 / v1, cl2 / v1, cl3 / v1, cl2 / v2, cl3 / v3, 0.595 - 0.007 * a


FENTANYL = (6.09, 0.0827, 0.471, 0.225, 0.102, 0.006, 0.147)


def left(ce, c50):
    return 1 / (1 + (np.maximum(ce, 0) / c50) ** HILL)


def slope(_, x, drug, rate, c50):
    v1, k10, k12, k13, k21, k31, ke0 = drug
    a1, a2, a3, ae, p, pe, o2 = x
    v = left(ae / v1, c50) * (pe / P0) ** F
    return [
        rate - (k10 + k12 + k13) * a1 + k21 * a2 + k31 * a3,
        k12 * a1 - k21 * a2,
        k13 * a1 - k31 * a3,
        ke0 * (a1 - ae),
        KEL * (P0 - v * p),
        KE0_CO2 * (p - pe),
        (SHARE * v * V0 * (INSPIRED - o2) - UPTAKE * min(1, o2 / 30)) / LUNG,
    ]


def run(name, drug, inputs, end, c50=C50):
    """`inputs`: (minute, rate in µg/min or None to leave it, dose in µg)."""
    x = [0, 0, 0, 0, P0, P0, INSPIRED - UPTAKE / (SHARE * V0)]
    rate, rows = 0.0, []
    for (start, new, dose), stop in zip(inputs, [i[0] for i in inputs[1:]] + [end]):
        rate = rate if new is None else new
        x = [x[0] + dose, *x[1:]]
        out = solve_ivp(slope, (start, stop), x, "DOP853", dense_output=True, rtol=1e-11, atol=1e-12, args=(drug, rate, c50))
        for t in np.arange(np.ceil(start * 2 - 1e-9) / 2, stop + (1e-9 if stop == end else -1e-9), 0.5):
            y = out.sol(t)
            ce = y[3] / drug[0]
            oxygen = max(y[6] - GRADIENT, 1e-9)
            spo2 = 1 / (1 + 23400 / (oxygen**3 + 150 * oxygen))
            rows.append((t + 0.0, ce, y[4], y[5], y[6], left(ce, c50) * (y[5] / P0) ** F, spo2))
        x = list(out.y[:, -1])
    text = "minute,ce,arterial_co2,centre_co2,alveolar_o2,ve_share,spo2\n"
    text += "".join(",".join(f"{v:.10g}" for v in row) + "\n" for row in rows)
    Path(__file__).with_name(f"pkpd_{name}.csv").write_text(text)


# A man of 40 years, 70 kg, 170 cm on 0.05 µg/kg/min; ten times that from minute 30 to 45.
run("hijack", minto(40, 70, 170, True), [(0, 3.5, 0), (30, 35.0, 0), (45, 3.5, 0)], 120)
# Fentanyl on demand with a background; a tenfold dose at minute 90; changes that lie on no grid.
run("demand", FENTANYL, [(0, 0.2, 100), (7.123, None, 20), (21.71, None, 20), (60, 0.0, 20), (90.017, None, 200)], 240)
# A woman of 80 years, 52 kg, 158 cm, half as tolerant; a pump that stops for ten minutes.
run("stopped", minto(80, 52, 158, False), [(0, 4.16, 0), (50.005, 0.0, 0), (60.33, 4.16, 0)], 100, c50=0.46)
