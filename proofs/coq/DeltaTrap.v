(** * Theorem 13, the delta-trap

    Spikes may go on for ever, but from a state that satisfies [delta_trap] the sharpness stays
    below a bound for all later steps.

    Against proofs/dynamics.md: alpha_low is the alpha_- there, so that A_- = h alpha_low^2;
    a_high is A_+, b_high is b-bar, drive_high is D-bar. Three things are simpler than there:

    - the potential F is replaced by (u - 2)^2/4, which is above F on [2, oo), below F on (1, 2],
      and has the properties that the proof uses, so that no integral is needed;
    - for A_- > 1 a shorter estimate gives the exponent 2 instead of 4 in (D5);
    - A_- may be anything up to 1/2, not 1/2 alone. *)

From Coq Require Import Reals Lra Lia Psatz.
From Edgecert Require Import Model Identities Sharpness Invariants LowerBound.
Open Scope R_scope.

(** The potential in the place of F. *)
Definition F u := (u - 2) ^ 2 / 4.

(** ** Logarithms *)

Lemma ln_le_minus_1 z : 0 < z -> ln z <= z - 1.
Proof.
  intros Hz. rewrite <- (ln_exp (z - 1)).
  destruct (exp_ineq1_le (z - 1)) as [H|H].
  - apply Rlt_le, ln_increasing; lra.
  - apply Req_le. f_equal. lra.
Qed.

Lemma ln_quotient y z : 0 < y -> 0 < z -> ln (z / y) = ln z - ln y.
Proof.
  intros Hy Hz. unfold Rdiv. rewrite ln_mult, ln_Rinv; try lra.
  now apply Rinv_0_lt_compat.
Qed.

(** z ln(z/y) >= z - y. *)
Lemma ln_quotient_ge y z : 0 < y -> 0 < z -> z - y <= z * (ln z - ln y).
Proof.
  intros Hy Hz. pose proof (ln_le_minus_1 (y / z)) as H.
  rewrite ln_quotient in H by assumption.
  assert (Hq : 0 < y / z) by now apply Rdiv_lt_0_compat. specialize (H Hq).
  assert (z * (ln y - ln z) <= z * (y / z - 1)) by (apply Rmult_le_compat_l; lra).
  replace (z * (y / z - 1)) with (y - z) in * by (field; lra). lra.
Qed.

Lemma ln_le_ln y z : 0 < y -> y <= z -> ln y <= ln z.
Proof.
  intros Hy [H|H]; [|subst; lra]. apply Rlt_le. now apply ln_increasing.
Qed.

(** ** Two estimates of Theorem 7

    They speak of numbers: a, a', b, b', b'' are the values at successive steps. *)

Section Spike.

Variables G D : R.                   (* G = (1 + x)^4 and D-bar *)
Hypotheses (HG : 1 <= G) (HD : 0 < D).

(** Decreases up to G D and increases from there on. *)
Definition height z := z / G - D * ln z.

Lemma height_decreasing y z : 0 < y -> y <= z -> z <= G * D -> height z <= height y.
Proof.
  intros Hy Hyz Hz. pose proof (ln_quotient_ge y z Hy ltac:(lra)) as H. unfold height.
  assert (Hln : 0 <= ln z - ln y) by (pose proof (ln_le_ln y z Hy Hyz); lra).
  assert (HzG : z / G <= D).
  { apply Rmult_le_reg_r with G; [lra|]. replace (z / G * G) with z by (field; lra). lra. }
  assert (z / G * (ln z - ln y) <= D * (ln z - ln y)) by (apply Rmult_le_compat_r; lra).
  assert ((z - y) / G <= z * (ln z - ln y) / G).
  { unfold Rdiv. apply Rmult_le_compat_r; [|exact H]. apply Rlt_le, Rinv_0_lt_compat. lra. }
  replace (z / G * (ln z - ln y)) with (z * (ln z - ln y) / G) in * by (field; lra).
  replace ((z - y) / G) with (z / G - y / G) in * by (field; lra). lra.
Qed.

Lemma height_increasing y z : G * D <= y -> y < z -> height y < height z.
Proof.
  intros Hy Hyz. assert (H0 : 0 < G * D) by (apply Rmult_lt_0_compat; lra).
  assert (Hz : 0 < z) by lra. assert (Hy0 : 0 < y) by lra.
  assert (Hln : y * (ln z - ln y) < z - y).
  { pose proof (exp_ineq1 (ln z - ln y)) as He.
    assert (Hne : ln z - ln y <> 0) by (pose proof (ln_increasing y z Hy0 Hyz); lra).
    specialize (He Hne). unfold Rminus in He at 2. rewrite exp_plus, exp_Ropp, !exp_ln in He by assumption.
    assert (y * (1 + (ln z - ln y)) < y * (z * / y)) by (apply Rmult_lt_compat_l; lra).
    replace (y * (z * / y)) with z in * by (field; lra). lra. }
  assert (Hle : G * D * (ln z - ln y) <= y * (ln z - ln y)).
  { apply Rmult_le_compat_r; [|exact Hy]. pose proof (ln_increasing y z Hy0 Hyz). lra. }
  unfold height. apply Rmult_lt_reg_l with G; [lra|].
  replace (G * (y / G - D * ln y)) with (y - G * D * ln y) by (field; lra).
  replace (G * (z / G - D * ln z)) with (z - G * D * ln z) by (field; lra). lra.
Qed.

(** Above the edge, the energy F(a) + height(b') does not grow. *)
Lemma energy_step a a' b b' b'' :
  2 < a' -> 0 < b - D < 1 -> a' <= a * (1 - (b - D)) ^ 2 ->
  D < b' -> b' <= b'' -> b'' <= b' * (a' - 1) ^ 2 -> b'' <= G * b ->
  F a' + height b'' <= F a + height b'.
Proof.
  intros Ha' Hy Ha Hb' Hbb Hb'' HGb. set (y := b - D) in *.
  set (l := ln b'' - ln b'). assert (Hb0 : 0 < b') by lra. assert (Hb0' : 0 < b'') by lra.
  assert (Hl : 0 <= l) by (pose proof (ln_le_ln b' b'' Hb0 Hbb); unfold l; lra).
  assert (Hl2 : l <= 2 * (a' - 2)).
  { assert (Hq : b'' / b' <= (a' - 1) ^ 2).
    { apply Rmult_le_reg_r with b'; [exact Hb0|].
      replace (b'' / b' * b') with b'' by (field; lra). lra. }
    pose proof (ln_le_minus_1 (a' - 1)) as H1.
    pose proof (ln_le_ln (b'' / b') ((a' - 1) ^ 2)) as H2.
    rewrite ln_quotient in H2 by assumption.
    replace ((a' - 1) ^ 2) with ((a' - 1) * (a' - 1)) in H2 by ring.
    rewrite ln_mult in H2 by lra.
    assert (Hp : 0 < b'' / b') by now apply Rdiv_lt_0_compat.
    specialize (H2 Hp ltac:(replace ((a' - 1) * (a' - 1)) with ((a' - 1) ^ 2) by ring; exact Hq)).
    unfold l. lra. }
  (* a - a' >= 4 y *)
  assert (Hda : a' * (1 + 2 * y) <= a).
  { assert (H1 : (1 - y) ^ 2 * (1 + 2 * y) <= 1).
    { assert (0 <= y ^ 2 * (3 - 2 * y)) by (apply Rmult_le_pos; [apply pow2_ge_0|lra]). lra. }
    assert (Hpos : 0 < a).
    { destruct (Rlt_le_dec 0 a) as [|Hn]; [assumption|].
      assert (0 <= - a * (1 - y) ^ 2) by (apply Rmult_le_pos; [lra|apply pow2_ge_0]). lra. }
    apply Rle_trans with (a * (1 - y) ^ 2 * (1 + 2 * y)); [apply Rmult_le_compat_r; lra|].
    rewrite Rmult_assoc. rewrite <- (Rmult_1_r a) at 2. apply Rmult_le_compat_l; lra. }
  assert (Hd4 : 4 * y <= a - a') by nra.
  assert (HF : y * l <= F a - F a').
  { apply Rle_trans with (y * (2 * (a' - 2))); [apply Rmult_le_compat_l; lra|].
    unfold F.
    assert (4 * y * (2 * (a' - 2)) <= (a - a') * (a + a' - 4)) by (apply Rmult_le_compat; lra).
    lra. }
  (* y >= b''/G - D *)
  assert (Hyb : b'' / G - D <= y).
  { unfold y. apply Rplus_le_compat_r. apply Rmult_le_reg_r with G; [lra|].
    replace (b'' / G * G) with b'' by (field; lra). lra. }
  assert (H1 : (b'' / G - D) * l <= y * l) by (apply Rmult_le_compat_r; lra).
  assert (H2 : (b'' - b') / G <= b'' * l / G).
  { unfold Rdiv. apply Rmult_le_compat_r; [apply Rlt_le, Rinv_0_lt_compat; lra|].
    unfold l. now apply ln_quotient_ge. }
  unfold height. unfold l in *.
  replace ((b'' - b') / G) with (b'' / G - b' / G) in H2 by (field; lra).
  replace ((b'' / G - D) * (ln b'' - ln b'))
    with (b'' * (ln b'' - ln b') / G - D * (ln b'' - ln b')) in H1 by (field; lra).
  lra.
Qed.

End Spike.

(** Below the edge and above 1, F(a) + b'/K does not grow, and so a does not fall to where F is
    larger; low is A_-, K = (low - 1)^2 (1 - b_high)^2. *)
Lemma low_step low b_high a b a' :
  1 < low -> low <= a <= 2 -> 0 <= b <= b_high -> b_high < 1 -> a * (1 - b) ^ 2 <= a' ->
  let K := (low - 1) ^ 2 * (1 - b_high) ^ 2 in
  let b' := b * (a - 1) ^ 2 in
  F a + b' / K < F low ->
  low <= a' /\ (a' <= 2 -> F a' + b' * (a' - 1) ^ 2 / K < F low).
Proof.
  intros Hlow Ha Hb Hbh Ha' K b' HF.
  assert (Hl2 : 0 < (low - 1) ^ 2) by (apply pow_lt; lra).
  assert (Hbb2 : 0 < (1 - b_high) ^ 2) by (apply pow_lt; lra).
  assert (HK : 0 < K) by (unfold K; now apply Rmult_lt_0_compat).
  assert (Hb' : b * (low - 1) ^ 2 <= b').
  { unfold b'. apply Rmult_le_compat_l; [lra|]. apply pow_incr. lra. }
  assert (Hb'0 : 0 <= b') by (unfold b'; apply Rmult_le_pos; [lra|apply pow2_ge_0]).
  (* The fall from a to v, for low <= v <= a' and v <= a. *)
  assert (Hfall : forall v, low <= v -> v <= a -> a * (1 - b) ^ 2 <= v ->
            F v + b' * (v - 1) ^ 2 / K <= F a + b' / K).
  { intros v Hv Hva Hav. unfold F.
    (* F v - F a = (a - v)(4 - a - v)/4 <= (a - v)(2 - v)/2, and a - v <= 2 a b *)
    assert (H1 : a - v <= 2 * (a * b)).
    { assert (0 <= a * b ^ 2) by (apply Rmult_le_pos; [lra|apply pow2_ge_0]). lra. }
    assert (H2 : (v - 2) ^ 2 / 4 - (a - 2) ^ 2 / 4 <= a * b * (2 - v)).
    { assert ((a - v) * (4 - a - v) <= 2 * (a * b) * (2 * (2 - v))).
      { apply Rmult_le_compat; try lra. }
      lra. }
    (* a b <= v b' / K *)
    assert (H3 : a * b <= v * (b' / K)).
    { apply Rmult_le_reg_r with K; [exact HK|].
      replace (v * (b' / K) * K) with (v * b') by (field; lra).
      assert (Hav' : a * (1 - b_high) ^ 2 <= v).
      { apply Rle_trans with (2 := Hav). apply Rmult_le_compat_l; [lra|]. apply pow_incr. lra. }
      replace (a * b * K) with (a * (1 - b_high) ^ 2 * (b * (low - 1) ^ 2)) by (unfold K; ring).
      apply Rmult_le_compat.
      - apply Rmult_le_pos; lra.
      - apply Rmult_le_pos; lra.
      - exact Hav'.
      - exact Hb'. }
    assert (H4 : a * b * (2 - v) <= v * (b' / K) * (2 - v)) by (apply Rmult_le_compat_r; lra).
    replace (b' * (v - 1) ^ 2 / K) with (b' / K - v * (b' / K) * (2 - v)) by (field; lra).
    lra. }
  assert (Hqv : forall v, 0 <= b' * (v - 1) ^ 2 / K).
  { intros v. unfold Rdiv. apply Rmult_le_pos; [apply Rmult_le_pos; [exact Hb'0|apply pow2_ge_0]|].
    apply Rlt_le. now apply Rinv_0_lt_compat. }
  assert (Hge : low <= a').
  { destruct (Rle_lt_dec low a') as [|Hlt]; [assumption|].
    pose proof (Hfall low (Rle_refl low) ltac:(lra) ltac:(lra)). pose proof (Hqv low). lra. }
  split; [exact Hge|]. intros Ha2.
  destruct (Rle_lt_dec a' a) as [Hle|Hlt].
  - pose proof (Hfall a' Hge Hle Ha'). lra.
  - assert (F a' <= F a).
    { unfold F. assert (0 <= (a' - a) * (4 - a - a')) by (apply Rmult_le_pos; lra). lra. }
    assert (b' * (a' - 1) ^ 2 / K <= b' / K).
    { unfold Rdiv. apply Rmult_le_compat_r; [apply Rlt_le; now apply Rinv_0_lt_compat|].
      rewrite <- (Rmult_1_r b') at 2. apply Rmult_le_compat_l; [exact Hb'0|].
      assert (0 <= a' - 1 <= 1) by lra. nra. }
    lra.
Qed.

(** ** The theorem *)

Section DeltaTrap.

Context {m : model} {pos : positive_model}.

(** (D5): why a does not fall below A_- = h alpha_low^2. *)
Definition low_condition x alpha_low b_high : Prop :=
  let low := h * alpha_low ^ 2 in
  let K := (low - 1) ^ 2 * (1 - b_high) ^ 2 in
  let after := 2 * (1 - b_high) ^ 2 in
  low <= 1 / 2
  \/ 1 < low /\ low <= a x /\ low <= after
     /\ F after + b_high / K < F low /\ F (a x) + b x / K < F low.

(** [edge_low] is a lower bound for alpha where a >= 2/1.01, [s_edge] the bound on s there. *)
Record delta_trap x alpha_low a_high b_high edge_low drive_high q_high : Prop := DeltaTrap {
  delta_region : region x;
  delta_start : 1 < a x < 2;
  delta_alpha_low : 0 < alpha_low;
  delta_a_high : 2 <= a_high;
  delta_d0 : rho * h ^ 2 <= 199 / 10000 * (h * alpha_low ^ 2);
  delta_b : b x <= b_high;
  delta_clip : within_clip x;
  delta_q : potential_bound x alpha_low (1 - alpha_low * beta2 x) <= q_high;
  delta_edge : q_high <= a_high / h - h / a_high;
  delta_step : small_step_bound alpha_low a_high;
  delta_b_high : b_high <= 1 / 5;
  delta_drive_pos : 0 < drive_high;
  delta_spike_1 : (a_high - 1) ^ 4 * drive_high <= b_high;
  delta_spike_2 :
    drive_high + (a_high - 1) ^ 4 * (F a_high + drive_high * ln (b_high / drive_high)) <= b_high;
  delta_edge_low : 0 <= edge_low;
  delta_edge_low_sq : h * edge_low ^ 2 <= 200 / 101;
  delta_drive : forall z, 0 <= z <= 1 - edge_low * beta2 x ->
                  101 / 200 * (rho * h ^ 2 * ((1 - z) * z)) <= drive_high;
  delta_low : low_condition x alpha_low b_high
}.

Section Trapped.

Variables (x : state) (alpha_low a_high b_high edge_low drive_high q_high : R).
Hypothesis ok : clip_ok.
Hypothesis trap : delta_trap x alpha_low a_high b_high edge_low drive_high q_high.

Let low := h * alpha_low ^ 2.
Let K := (low - 1) ^ 2 * (1 - b_high) ^ 2.
Let G := (a_high - 1) ^ 4.
Let s_high := 1 - alpha_low * beta2 x.
Let top := F a_high + height G drive_high drive_high.

(** Why a_n is not below A_-: Lemma 4, or the potential. *)
Definition not_low n : Prop :=
  low <= 1 / 2 /\ kept_low (root_a x) (b x) (root_a (iterate n x)) (b (iterate n x))
  \/ 1 < low /\ (2 < a (iterate n x)
                 \/ low <= a (iterate n x) <= 2
                    /\ F (a (iterate n x)) + b (iterate n x) * (a (iterate n x) - 1) ^ 2 / K < F low).

(** Why b_{n+1} is not above b_high. *)
Definition not_high n : Prop :=
  2 < a (iterate n x) ->
  b (iterate n x) <= drive_high
  \/ drive_high < b (iterate n x)
     /\ F (a (iterate n x)) + height G drive_high (b (iterate (S n) x)) <= top.

Record held n : Prop := Held {
  held_region : region (iterate n x);
  held_alpha : alpha_low <= alpha (iterate n x);
  held_a : a (iterate n x) <= a_high;
  held_b : b (iterate n x) <= b_high;
  held_s : s (iterate n x) <= s_high;
  held_beta2 : beta2 x <= beta2 (iterate n x);
  held_low : not_low n;
  held_high : not_high n
}.

Lemma b_high_pos : 0 < drive_high <= b_high /\ b_high <= 1 / 5.
Proof.
  pose proof (delta_drive_pos _ _ _ _ _ _ _ trap). pose proof (delta_spike_1 _ _ _ _ _ _ _ trap).
  pose proof (delta_b_high _ _ _ _ _ _ _ trap). pose proof (delta_a_high _ _ _ _ _ _ _ trap).
  assert (1 <= (a_high - 1) ^ 4) by (apply pow_R1_Rle; lra).
  assert (1 * drive_high <= (a_high - 1) ^ 4 * drive_high) by (apply Rmult_le_compat_r; lra).
  lra.
Qed.

Lemma G_ge_1 : 1 <= G.
Proof. pose proof (delta_a_high _ _ _ _ _ _ _ trap). unfold G. apply pow_R1_Rle. lra. Qed.

Lemma low_pos : 0 < low.
Proof.
  unfold low. apply Rmult_lt_0_compat; [apply h_pos|].
  apply pow_lt, (delta_alpha_low _ _ _ _ _ _ _ trap).
Qed.

Lemma alpha_low_of_a y : region y -> low <= a y -> alpha_low <= alpha y.
Proof.
  intros (Hy & _) H. unfold low, a in H. pose proof h_pos as Hh.
  pose proof (delta_alpha_low _ _ _ _ _ _ _ trap).
  assert (Hsq : alpha_low ^ 2 <= alpha y ^ 2) by (apply Rmult_le_reg_l with h; lra).
  destruct (Rle_lt_dec alpha_low (alpha y)) as [|Hlt]; [assumption|].
  assert (alpha y ^ 2 < alpha_low ^ 2); [|lra].
  replace (alpha y ^ 2) with (alpha y * alpha y) by ring.
  replace (alpha_low ^ 2) with (alpha_low * alpha_low) by ring.
  apply Rmult_le_0_lt_compat; lra.
Qed.

Lemma low_at_start : low <= a x.
Proof.
  pose proof (delta_start _ _ _ _ _ _ _ trap).
  destruct (delta_low _ _ _ _ _ _ _ trap) as [Hl|(_ & Hl & _)]; fold low in Hl; lra.
Qed.

Lemma s_high_of_alpha n :
  region (iterate n x) -> alpha_low <= alpha (iterate n x) -> beta2 x <= beta2 (iterate n x) ->
  s (iterate n x) <= s_high.
Proof.
  intros _ Ha H2. unfold s_high, s, p. pose proof (delta_alpha_low _ _ _ _ _ _ _ trap).
  destruct (delta_region _ _ _ _ _ _ _ trap) as (_ & Hx2 & _).
  assert (alpha_low * beta2 x <= alpha (iterate n x) * beta2 (iterate n x))
    by (apply Rmult_le_compat; lra).
  lra.
Qed.

Lemma held_0 : held 0.
Proof.
  pose proof (delta_region _ _ _ _ _ _ _ trap) as Hr. pose proof low_at_start as Hl.
  pose proof (delta_start _ _ _ _ _ _ _ trap) as Hs.
  pose proof (alpha_low_of_a x Hr Hl) as Ha. pose proof (delta_a_high _ _ _ _ _ _ _ trap).
  split; simpl.
  - exact Hr.
  - exact Ha.
  - lra.
  - apply (delta_b _ _ _ _ _ _ _ trap).
  - apply (s_high_of_alpha 0); simpl; try assumption. apply Rle_refl.
  - apply Rle_refl.
  - unfold not_low. simpl. destruct (delta_low _ _ _ _ _ _ _ trap) as [H1|(H1 & H2 & _ & _ & H5)];
      fold low in H1.
    + left. split; [exact H1|]. apply Low_above. pose proof (root_a_sq x) as E.
      pose proof (root_a_pos x (proj1 Hr)). nra.
    + right. fold low in H2, H5. fold K in H5. split; [exact H1|]. right. split; [lra|].
      apply Rle_lt_trans with (2 := H5). apply Rplus_le_compat_l.
      unfold Rdiv. apply Rmult_le_compat_r.
      * apply Rlt_le, Rinv_0_lt_compat. unfold K. pose proof b_high_pos.
        apply Rmult_lt_0_compat; apply pow_lt; lra.
      * pose proof (b_ge_0 x). rewrite <- (Rmult_1_r (b x)) at 2.
        apply Rmult_le_compat_l; [assumption|]. assert (0 <= a x - 1 <= 1) by lra. nra.
  - unfold not_high. simpl. lra.
Qed.

Lemma e_le_1 : e <= 1.
Proof.
  assert (e <= 1 / 2); [|lra]. apply e_le_half with alpha_low a_high.
  - apply (delta_alpha_low _ _ _ _ _ _ _ trap).
  - fold low. pose proof low_at_start. pose proof (delta_start _ _ _ _ _ _ _ trap).
    pose proof (delta_a_high _ _ _ _ _ _ _ trap). lra.
  - apply (delta_step _ _ _ _ _ _ _ trap).
Qed.

Lemma held_small_step n : held n -> small_step (iterate n x).
Proof.
  intros H. apply small_step_of_bound with alpha_low a_high.
  - apply (held_region n H).
  - pose proof (held_alpha n H). pose proof (delta_alpha_low _ _ _ _ _ _ _ trap). lra.
  - apply (held_a n H).
  - apply (delta_step _ _ _ _ _ _ _ trap).
Qed.

Lemma held_within n : within_clip (iterate n x).
Proof.
  destruct n as [|n]; [apply (delta_clip _ _ _ _ _ _ _ trap)|]. now apply within_clip_step.
Qed.

Lemma held_a_low n : held n -> low <= a (iterate n x).
Proof.
  intros H. unfold low, a. apply Rmult_le_compat_l; [pose proof h_pos; lra|].
  apply pow_incr. pose proof (held_alpha n H). pose proof (delta_alpha_low _ _ _ _ _ _ _ trap). lra.
Qed.

(** The drive D = rho h^2 p s/a. *)
Lemma drive_eq y : alpha y <> 0 -> drive y = rho * h ^ 2 * ((1 - s y) * s y) / a y.
Proof.
  intros Hy. pose proof lambda1_pos. pose proof h_pos. unfold drive, rho, a, s, p, h, e.
  field. repeat split; try assumption; pose proof eta_pos; lra.
Qed.

Lemma drive_nonneg y : region y -> 0 <= drive y.
Proof.
  intros Hr. pose proof (region_s y Hr). destruct Hr as (Ha & H2 & _). pose proof e_pos.
  unfold drive. apply Rmult_le_pos; [nonneg|]. now apply Rlt_le, Rinv_0_lt_compat.
Qed.

(** Where a >= 2/1.01 the drive is at most [drive_high]. *)
Lemma drive_near_edge n :
  held n -> 200 / 101 <= a (iterate n x) -> drive (iterate n x) <= drive_high.
Proof.
  intros H Ha. set (y := iterate n x) in *. pose proof (held_region n H) as Hr. fold y in Hr.
  pose proof (region_s y Hr) as Hs. pose proof (held_beta2 n H) as H2. fold y in H2.
  pose proof h_pos as Hh. pose proof (delta_edge_low _ _ _ _ _ _ _ trap) as He0.
  pose proof (delta_edge_low_sq _ _ _ _ _ _ _ trap) as He.
  destruct (delta_region _ _ _ _ _ _ _ trap) as (_ & Hx2 & _). pose proof Hr as (Hay & _).
  assert (Hal : edge_low <= alpha y).
  { destruct (Rle_lt_dec edge_low (alpha y)) as [|Hlt]; [assumption|].
    unfold a in Ha. assert (alpha y ^ 2 < edge_low ^ 2).
    { replace (alpha y ^ 2) with (alpha y * alpha y) by ring.
      replace (edge_low ^ 2) with (edge_low * edge_low) by ring.
      apply Rmult_le_0_lt_compat; lra. }
    assert (h * alpha y ^ 2 < h * edge_low ^ 2) by (apply Rmult_lt_compat_l; lra). lra. }
  assert (Hz : 0 <= s y <= 1 - edge_low * beta2 x).
  { split; [lra|]. unfold s, p. assert (edge_low * beta2 x <= alpha y * beta2 y); [|lra].
    apply Rmult_le_compat; lra. }
  apply Rle_trans with (2 := delta_drive _ _ _ _ _ _ _ trap _ Hz).
  rewrite drive_eq by lra. unfold Rdiv at 1. rewrite (Rmult_comm (101 / 200)).
  assert (Hrho : 0 < rho) by (unfold rho; apply Rdiv_lt_0_compat; [apply lambda2_pos|apply lambda1_pos]).
  pose proof (pow2_ge_0 h).
  apply Rmult_le_compat_l; [nonneg|].
  replace (101 / 200) with (/ (200 / 101)) by field. apply Rinv_le_contravar; lra.
Qed.

(** (D0): before a step across the edge, a > 2/1.01. *)
Lemma a_before_edge n :
  held n -> a (iterate n x) <= 2 -> 2 < a (iterate (S n) x) ->
  b (iterate n x) < drive_high.
Proof.
  intros H Ha2 Ha'. set (y := iterate n x) in *. pose proof (held_region n H) as Hr. fold y in Hr.
  pose proof (region_s y Hr) as Hs. pose proof Hr as (Hay & _). pose proof h_pos as Hh.
  pose proof (b_ge_0 y) as Hb0. pose proof (held_b n H) as Hb. fold y in Hb.
  pose proof b_high_pos as Hbh. pose proof (held_a_low n H) as Hal. fold y in Hal.
  pose proof low_pos as Hl. pose proof (drive_nonneg y Hr) as Hd0.
  change (iterate (S n) x) with (step y) in Ha'. rewrite a_step in Ha' by lra.
  assert (Hbd : b y < drive y).
  { destruct (Rlt_le_dec (b y) (drive y)) as [|Hge]; [assumption|].
    assert (Hq : (1 - b y + drive y) ^ 2 <= 1) by nra.
    assert (0 <= a y) by (apply a_nonneg; lra).
    assert (a y * (1 - b y + drive y) ^ 2 <= a y * 1) by (apply Rmult_le_compat_l; lra). lra. }
  assert (Hds : drive y <= 199 / 40000).
  { rewrite drive_eq by lra. pose proof (delta_d0 _ _ _ _ _ _ _ trap) as D0. fold low in D0.
    apply Rmult_le_reg_r with (a y); [lra|]. unfold Rdiv at 1.
    rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra.
    assert (Hps : (1 - s y) * s y <= 1 / 4) by (pose proof (pow2_ge_0 (s y - 1 / 2)); lra).
    assert (Hrho : 0 < rho)
      by (unfold rho; apply Rdiv_lt_0_compat; [apply lambda2_pos|apply lambda1_pos]).
    pose proof (pow2_ge_0 h).
    assert (0 <= rho * h ^ 2) by nonneg.
    assert (rho * h ^ 2 * ((1 - s y) * s y) <= rho * h ^ 2 * (1 / 4))
      by (apply Rmult_le_compat_l; lra).
    assert (199 / 40000 * low <= 199 / 40000 * a y) by (apply Rmult_le_compat_l; lra).
    lra. }
  assert (Hnear : 200 / 101 <= a y).
  { assert (Hq : (1 - b y + drive y) ^ 2 <= 101 / 100) by nra.
    assert (a y * (1 - b y + drive y) ^ 2 <= a y * (101 / 100))
      by (apply Rmult_le_compat_l; [apply a_nonneg; lra|exact Hq]).
    lra. }
  pose proof (drive_near_edge n H Hnear) as Hdn. fold y in Hdn. lra.
Qed.

Lemma b_step_above n :
  2 < a (iterate n x) ->
  b (iterate n x) <= b (iterate (S n) x) <= b (iterate n x) * (a (iterate n x) - 1) ^ 2.
Proof.
  intros Ha. change (iterate (S n) x) with (step (iterate n x)).
  pose proof (held_within n) as Hw. set (y := iterate n x) in *. pose proof h_pos as Hh.
  pose proof (b_ge_0 y) as Hb0. split.
  - unfold b at 1 2. rewrite beta1_step. unfold within_clip, clipped, clip_ok in *.
    apply Rmult_le_compat_l; [lra|].
    assert (Hgrow : beta1 y ^ 2 <= (beta1 y * (1 - a y)) ^ 2).
    { replace ((beta1 y * (1 - a y)) ^ 2) with (beta1 y ^ 2 * (a y - 1) ^ 2) by ring.
      rewrite <- (Rmult_1_r (beta1 y ^ 2)) at 1. apply Rmult_le_compat_l; [apply pow2_ge_0|].
      apply pow_R1_Rle. lra. }
    destruct clip as [B|]; [|exact Hgrow].
    destruct (Rle_dec (Rabs (beta1 y * (1 - a y))) B) as [Hle|Hgt].
    + rewrite clip_to_id by exact Hle. exact Hgrow.
    + assert (HB : beta1 y ^ 2 <= B ^ 2).
      { rewrite <- (pow2_abs (beta1 y)). apply pow_incr. split; [apply Rabs_pos|exact Hw]. }
      destruct (Rle_lt_dec 0 (beta1 y * (1 - a y))) as [H0|H0].
      * rewrite Rabs_pos_eq in Hgt by exact H0. rewrite clip_to_above by lra. exact HB.
      * rewrite Rabs_left in Hgt by exact H0. rewrite clip_to_below by lra.
        replace ((- B) ^ 2) with (B ^ 2) by ring. exact HB.
  - replace ((a y - 1) ^ 2) with ((1 - a y) ^ 2) by ring. apply b_step_le; [exact ok|lra].
Qed.

Lemma held_S n : (forall j, (j <= n)%nat -> held j) -> held (S n).
Proof.
  intros Hj. pose proof (Hj n (Nat.le_refl n)) as H.
  pose proof (held_region n H) as Hr. pose proof (held_b n H) as Hb.
  pose proof (held_small_step n H) as HE. pose proof b_high_pos as Hbh. pose proof h_pos as Hh.
  pose proof low_pos as Hl. pose proof G_ge_1 as HG. pose proof (held_a_low n H) as Hal.
  pose proof (b_ge_0 (iterate n x)) as Hb0. pose proof (held_a n H) as Hah.
  pose proof (delta_a_high _ _ _ _ _ _ _ trap) as HA.
  destruct (region_step _ Hr) as (Hr' & H2 & Ha & _); [lra|exact HE|].
  change (step (iterate n x)) with (iterate (S n) x) in Hr', H2, Ha.
  pose proof (b_ge_0 (iterate (S n) x)) as Hb0'. pose proof Hr as (Hay & _).
  assert (Ha0 : 0 <= a (iterate n x)) by (apply a_nonneg; lra).
  assert (Ha2 : a (iterate n x) * (1 - b (iterate n x)) ^ 2 <= a (iterate (S n) x)).
  { unfold a. rewrite Rmult_assoc. apply Rmult_le_compat_l; [lra|].
    rewrite <- Rpow_mult_distr. apply pow_incr. split; [|exact Ha]. apply Rmult_le_pos; lra. }
  (* b below the edge *)
  assert (Hbelow : a (iterate n x) <= 2 ->
            b (iterate (S n) x) = b (iterate n x) * (1 - a (iterate n x)) ^ 2
            /\ b (iterate (S n) x) <= b (iterate n x)).
  { intros Hle. assert (E : b (iterate (S n) x) = b (iterate n x) * (1 - a (iterate n x)) ^ 2).
    { apply b_step_within; [apply held_within|lra]. }
    split; [exact E|]. rewrite E. rewrite <- (Rmult_1_r (b (iterate n x))) at 2.
    apply Rmult_le_compat_l; [exact Hb0|]. nra. }
  assert (Hb' : b (iterate (S n) x) <= b_high).
  { destruct (Rle_lt_dec (a (iterate n x)) 2) as [Hle|Hgt].
    - pose proof (Hbelow Hle). lra.
    - destruct (held_high n H Hgt) as [Hsmall|[_ Henergy]].
      + pose proof (b_step_above n Hgt) as [_ Hup].
        pose proof (delta_spike_1 _ _ _ _ _ _ _ trap) as S1. fold G in S1.
        assert (Hsq : (a (iterate n x) - 1) ^ 2 <= (a_high - 1) ^ 2) by (apply pow_incr; lra).
        assert (Hsq1 : (a_high - 1) ^ 2 <= G).
        { unfold G. replace ((a_high - 1) ^ 4) with ((a_high - 1) ^ 2 * (a_high - 1) ^ 2) by ring.
          rewrite <- (Rmult_1_r ((a_high - 1) ^ 2)) at 1.
          apply Rmult_le_compat_l; [apply pow2_ge_0|]. apply pow_R1_Rle. lra. }
        assert (b (iterate n x) * (a (iterate n x) - 1) ^ 2 <= drive_high * G)
          by (apply Rmult_le_compat; try lra; apply pow2_ge_0).
        lra.
      + destruct (Rle_lt_dec (b (iterate (S n) x)) b_high) as [|Hgt']; [assumption|].
        pose proof (delta_spike_1 _ _ _ _ _ _ _ trap) as S1.
        pose proof (delta_spike_2 _ _ _ _ _ _ _ trap) as S2. fold G in S1, S2.
        pose proof (height_increasing G drive_high HG (proj1 (proj1 Hbh)) _ _ S1 Hgt') as Hup.
        assert (Htop : top <= height G drive_high b_high).
        { unfold top, height. rewrite ln_quotient in S2 by lra.
          apply Rmult_le_reg_l with G; [lra|].
          replace (G * (F a_high + (drive_high / G - drive_high * ln drive_high)))
            with (drive_high + G * (F a_high - drive_high * ln drive_high)) by (field; lra).
          replace (G * (b_high / G - drive_high * ln b_high))
            with (b_high - G * (drive_high * ln b_high)) by (field; lra).
          lra. }
        assert (0 <= F (a (iterate n x)))
          by (unfold F; pose proof (pow2_ge_0 (a (iterate n x) - 2)); lra).
        lra. }
  (* a from below *)
  assert (Hlow' : not_low (S n)).
  { destruct (held_low n H) as [[H1 Hk]|[H1 Hk]].
    - left. split; [exact H1|]. apply (kept_low_iterate x (iterate n x)).
      + exact ok.
      + apply (delta_region _ _ _ _ _ _ _ trap).
      + exact Hr.
      + lra.
      + exact Ha.
      + exact Hk.
    - right. split; [exact H1|].
      destruct (delta_low _ _ _ _ _ _ _ trap) as [Hh2|(_ & _ & Hafter & HFafter & _)];
        [fold low in Hh2; lra|]. fold low in Hafter, HFafter. fold K in HFafter.
      assert (HK : 0 < K)
        by (unfold K; apply Rmult_lt_0_compat; apply pow_lt; lra).
      destruct (Rle_lt_dec (a (iterate (S n) x)) 2) as [Hle|Hgt]; [right|left; exact Hgt].
      destruct (Rle_lt_dec (a (iterate n x)) 2) as [Hle0|Hgt0].
      + destruct Hk as [Hk|[Hk1 Hk2]]; [lra|].
        destruct (Hbelow Hle0) as [Eb _].
        replace ((1 - a (iterate n x)) ^ 2) with ((a (iterate n x) - 1) ^ 2) in Eb by ring.
        destruct (low_step low b_high (a (iterate n x)) (b (iterate n x)) (a (iterate (S n) x)))
          as [L1 L2]; try lra.
        { fold K. exact Hk2. }
        split; [lra|]. rewrite Eb. apply L2. exact Hle.
      + assert (Hge : 2 * (1 - b_high) ^ 2 <= a (iterate (S n) x)).
        { apply Rle_trans with (2 := Ha2).
          apply Rmult_le_compat; [lra|apply pow2_ge_0|lra|apply pow_incr; lra]. }
        split; [lra|]. apply Rle_lt_trans with (2 := HFafter). apply Rplus_le_compat.
        * unfold F. assert (0 <= (a (iterate (S n) x) - 2 * (1 - b_high) ^ 2)
                                  * (4 - a (iterate (S n) x) - 2 * (1 - b_high) ^ 2)); [|lra].
          apply Rmult_le_pos; lra.
        * unfold Rdiv. apply Rmult_le_compat_r; [apply Rlt_le; now apply Rinv_0_lt_compat|].
          rewrite <- (Rmult_1_r b_high).
          apply Rmult_le_compat; [exact Hb0'|apply pow2_ge_0|exact Hb'|].
          assert (0 <= a (iterate (S n) x) - 1 <= 1) by lra. nra. }
  assert (Hlow_a : low <= a (iterate (S n) x)).
  { pose proof low_at_start as Hstart. pose proof (delta_start _ _ _ _ _ _ _ trap) as Hstart2.
    destruct Hlow' as [[H1 Hk]|[H1 [Hk|[Hk _]]]]; [|lra|lra].
    assert (Hr0 : region x) by apply (delta_region _ _ _ _ _ _ _ trap).
    pose proof (kept_low_bound _ _ _ _ (root_a_pos x (proj1 Hr0)) Hb0' Hk) as Hbound.
    rewrite !root_a_sq in Hbound. rewrite Rmin_left in Hbound.
    - lra.
    - pose proof (delta_start _ _ _ _ _ _ _ trap). lra. }
  pose proof (alpha_low_of_a _ Hr' Hlow_a) as Halpha'.
  assert (Hbeta2' : beta2 x <= beta2 (iterate (S n) x)) by (pose proof (held_beta2 n H); lra).
  assert (Ha_high' : a (iterate (S n) x) <= a_high).
  { apply a_le_of_potential with (q := q_high).
    - exact Hr'.
    - lra.
    - apply Rle_trans with (2 := delta_q _ _ _ _ _ _ _ trap). apply potential_trapped.
      + apply (delta_alpha_low _ _ _ _ _ _ _ trap).
      + fold s_high. pose proof (region_s _ (held_region 0 held_0)). pose proof (held_s 0 held_0). lra.
      + exact e_le_1.
      + intros j Hlt. pose proof (Hj j (proj1 (Nat.lt_succ_r j n) Hlt)) as Hhj.
        pose proof (held_b j Hhj).
        split; [|split; [|split]];
          [apply (held_region j Hhj)|lra|apply (held_alpha j Hhj)|apply (held_s j Hhj)].
      + exact Hr'.
      + exact Halpha'.
    - apply (delta_edge _ _ _ _ _ _ _ trap). }
  assert (Hs' : s (iterate (S n) x) <= s_high) by now apply s_high_of_alpha.
  split; try assumption.
  (* spikes: b_{n+2} is known from here on *)
  intros Hgt'.
  destruct (Rle_lt_dec (b (iterate (S n) x)) drive_high) as [Hsmall|Hlarge]; [now left|].
  right. split; [exact Hlarge|].
  pose proof (b_step_above (S n) Hgt') as Hstep2.
  set (b2 := b (iterate (S (S n)) x)) in *. set (b1 := b (iterate (S n) x)) in *.
  set (b0 := b (iterate n x)) in *. set (a1 := a (iterate (S n) x)) in *.
  set (a0 := a (iterate n x)) in *.
  destruct (Rle_lt_dec a0 2) as [Hle0|Hgt0].
  { (* a step across the edge begins with a small b *)
    pose proof (a_before_edge n H Hle0 Hgt'). destruct (Hbelow Hle0) as [_ Hd].
    fold b0 b1 in Hd. fold b0 in H0. lra. }
  pose proof (b_step_above n Hgt0) as [Hup1 Hup1']. fold b0 b1 a0 in Hup1, Hup1'.
  assert (Hsq0 : (a0 - 1) ^ 2 <= (a_high - 1) ^ 2) by (apply pow_incr; lra).
  assert (Hsq1 : (a1 - 1) ^ 2 <= (a_high - 1) ^ 2) by (apply pow_incr; lra).
  assert (Hb2G : b2 <= G * b0).
  { apply Rle_trans with (b1 * (a_high - 1) ^ 2).
    - apply Rle_trans with (1 := proj2 Hstep2). apply Rmult_le_compat_l; lra.
    - unfold G. replace ((a_high - 1) ^ 4 * b0) with (b0 * (a_high - 1) ^ 2 * (a_high - 1) ^ 2) by ring.
      apply Rmult_le_compat_r; [apply pow2_ge_0|]. apply Rle_trans with (1 := Hup1').
      apply Rmult_le_compat_l; lra. }
  destruct (held_high n H Hgt0) as [Hb0s|[Hb0l Henergy]].
  - (* b was small at the last step *)
    fold b0 in Hb0s. unfold top. apply Rplus_le_compat.
    + unfold F. assert ((a1 - 2) ^ 2 <= (a_high - 2) ^ 2) by (apply pow_incr; lra). lra.
    + apply height_decreasing; try lra.
      apply Rle_trans with (1 := Hb2G). apply Rmult_le_compat_l; lra.
  - fold a0 in Henergy. fold b1 in Henergy. fold b0 in Hb0l.
    apply Rle_trans with (2 := Henergy).
    apply energy_step with (b := b0); try lra.
    (* a' <= a (1 - (b - D-bar))^2 *)
    pose proof (drive_near_edge n H ltac:(fold a0; lra)) as Hd.
    pose proof (drive_nonneg _ Hr) as Hd0.
    unfold a1. change (iterate (S n) x) with (step (iterate n x)).
    rewrite a_step by lra. fold a0 b0. apply Rmult_le_compat_l; [lra|]. apply pow_incr. lra.
Qed.

Lemma held_all n : held n.
Proof.
  apply (well_founded_induction lt_wf held). clear n. intros [|n] IH; [exact held_0|].
  apply held_S. intros j Hlt. apply IH. lia.
Qed.

(** Theorem 13. *)
Theorem delta_trap_bounds n :
  let y := iterate n x in
  region y
  /\ h * alpha_low ^ 2 <= a y <= a_high
  /\ beta2 x <= beta2 y <= / alpha_low
  /\ b y <= b_high
  /\ s y <= 1 - alpha_low * beta2 x.
Proof.
  intros y. pose proof (held_all n) as H. pose proof (delta_alpha_low _ _ _ _ _ _ _ trap) as Hl.
  pose proof (held_alpha n H) as Hal.
  split; [apply (held_region n H)|].
  split; [split; [exact (held_a_low n H)|exact (held_a n H)]|].
  split; [split; [exact (held_beta2 n H)|]|].
  - apply beta2_le; [exact (held_region n H)|]. fold y in Hal. lra.
  - split; [exact (held_b n H)|exact (held_s n H)].
Qed.

(** k' of the theorem. *)
Definition delta_remainder := b_high + rho * (a_high + h / alpha_low ^ 2 + h * s_high).

Lemma delta_remainder_ok n : remainder (iterate n x) <= delta_remainder.
Proof.
  destruct (delta_trap_bounds n) as (Hr & Ha & [H2 H2'] & Hb & Hs). fold s_high in Hs.
  set (y := iterate n x) in *. pose proof h_pos as Hh.
  assert (Hrho : 0 < rho)
    by (unfold rho; apply Rdiv_lt_0_compat; [apply lambda2_pos|apply lambda1_pos]).
  pose proof (region_s y Hr) as Hs0. pose proof Hr as (_ & H20 & _).
  assert (Hc : c y <= h / alpha_low ^ 2).
  { unfold c, Rdiv. apply Rmult_le_compat_l; [lra|]. rewrite <- pow_inv. apply pow_incr. lra. }
  assert (Hr' : h * Rabs (r y) <= h * s_high).
  { apply Rmult_le_compat_l; [lra|]. replace (r y) with (- s y) by (unfold r, s; ring).
    rewrite Rabs_Ropp, Rabs_pos_eq; lra. }
  unfold remainder, delta_remainder. apply Rplus_le_compat; [exact Hb|].
  apply Rmult_le_compat_l; lra.
Qed.

Theorem delta_trap_sharpness z n :
  a_high <= z -> delta_remainder <= z ->
  4 * a_high * b_high <= (z - a_high) * (z - delta_remainder) ->
  sharpness_le (iterate n x) (z / eta).
Proof.
  intros Hz1 Hz2 Hd. destruct (delta_trap_bounds n) as (_ & Ha & _ & Hb & _).
  pose proof (delta_remainder_ok n) as Hk. pose proof (b_ge_0 (iterate n x)) as Hb0.
  assert (Ha0 : 0 <= a (iterate n x)) by (apply a_nonneg; pose proof h_pos; lra).
  apply sharpness_le_block; [lra|lra|].
  apply Rle_trans with (4 * a_high * b_high).
  - apply Rmult_le_compat; lra.
  - apply Rle_trans with (1 := Hd). apply Rmult_le_compat; lra.
Qed.

Theorem delta_trap_loss n :
  loss (iterate n x) <= a_high * b_high / (2 * eta * h) + lambda2 / 2 * s_high ^ 2.
Proof.
  destruct (delta_trap_bounds n) as (Hr & Ha & _ & Hb & Hs). apply loss_le; lra || assumption.
Qed.

End Trapped.
End DeltaTrap.
