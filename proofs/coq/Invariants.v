(** * What gradient descent keeps

    Lemmas 2, 3 and 4 of proofs/dynamics.md: the region 0 < alpha beta2 <= 1 is invariant, the
    edge potential does not grow, and alpha has a lower bound. *)

From Coq Require Import Reals Lra Lia Psatz.
From Edgecert Require Import Model Identities Sharpness.
Open Scope R_scope.

(** X(q), the inverse of u -> u - 1/u on u > 0. *)
Definition edge_root q := (q + sqrt (q ^ 2 + 4)) / 2.

Lemma edge_root_pos q : 0 < edge_root q.
Proof.
  unfold edge_root. assert (Rabs q < sqrt (q ^ 2 + 4)).
  { rewrite <- sqrt_Rsqr_abs. apply sqrt_lt_1; unfold Rsqr; nra. }
  pose proof (Rle_abs (- q)) as H0. rewrite Rabs_Ropp in H0. lra.
Qed.

Lemma edge_root_eq q : edge_root q ^ 2 = q * edge_root q + 1.
Proof.
  unfold edge_root. pose proof (pow2_sqrt (q ^ 2 + 4)) as H. 
  assert (sqrt (q ^ 2 + 4) ^ 2 = q ^ 2 + 4) by (apply H; nra). nra.
Qed.

Lemma edge_root_spec q u : 0 < u -> (u - / u <= q <-> u <= edge_root q).
Proof.
  intros Hu. pose proof (edge_root_pos q) as Hx. pose proof (edge_root_eq q) as He.
  set (x := edge_root q) in *.
  assert (E : u * (u - / u - q) = (u - x) * (u + / x)).
  { replace q with (x - / x) by (field_simplify_eq; lra). field. lra. }
  assert (Hp : 0 < u + / x) by (pose proof (Rinv_0_lt_compat x Hx); lra).
  split; intros H.
  - destruct (Rle_lt_dec u x) as [|Hlt]; [assumption|].
    assert (0 < (u - x) * (u + / x)) by (apply Rmult_lt_0_compat; lra). nra.
  - destruct (Rle_lt_dec (u - / u) q) as [|Hlt]; [assumption|].
    assert (0 < u * (u - / u - q)) by (apply Rmult_lt_0_compat; lra). nra.
Qed.

Lemma edge_root_le q1 q2 : q1 <= q2 -> edge_root q1 <= edge_root q2.
Proof.
  intros Hq. apply edge_root_spec; [apply edge_root_pos|]. apply Rle_trans with q1; [|exact Hq].
  apply edge_root_spec; [apply edge_root_pos|]. lra.
Qed.

Section Invariants.

Context {m : model} {pos : positive_model}.

Lemma h_pos : 0 < h.
Proof. unfold h. apply Rmult_lt_0_compat; [apply eta_pos|apply lambda1_pos]. Qed.

Lemma e_pos : 0 < e.
Proof. unfold e. apply Rmult_lt_0_compat; [apply eta_pos|apply lambda2_pos]. Qed.

Lemma b_ge_0 x : 0 <= b x.
Proof. apply b_nonneg. pose proof h_pos. lra. Qed.

Definition region x := 0 < alpha x /\ 0 < beta2 x /\ 0 <= s x.

(** (E), the standing hypothesis on the step size. *)
Definition small_step x := e * (alpha x ^ 2 + beta2 x ^ 2) + e ^ 2 / 4 <= 1.

Lemma region_p x : region x -> 0 < p x <= 1.
Proof.
  intros (Ha & H2 & Hs). unfold s in Hs.
  assert (0 < p x) by (unfold p; now apply Rmult_lt_0_compat). lra.
Qed.

Lemma region_s x : region x -> 0 <= s x < 1.
Proof. intros Hx. pose proof (region_p x Hx). unfold s. lra. Qed.

(** ** Lemma 2 *)

Theorem region_step x :
  region x -> b x < 1 -> small_step x ->
  region (step x)
  /\ beta2 x <= beta2 (step x)
  /\ alpha x * (1 - b x) <= alpha (step x)
  /\ s (step x) <= s x * (1 - e * (alpha x ^ 2 * (1 - b x) + beta2 x ^ 2)) + b x * (1 - s x).
Proof.
  intros Hx Hb HE. pose proof (region_s x Hx) as Hs. pose proof (b_ge_0 x) as Hb0.
  pose proof e_pos as He. destruct Hx as (Ha & H2 & _). unfold small_step in HE.
  assert (Hes : 0 <= e * alpha x * s x) by nonneg.
  assert (Hes2 : 0 <= e * beta2 x * s x) by nonneg.
  assert (Hab : 0 < alpha x * (1 - b x)) by (apply Rmult_lt_0_compat; lra).
  assert (Hss : 0 <= (1 - s x) * s x) by nonneg.
  assert (Hss4 : (1 - s x) * s x <= 1 / 4) by (pose proof (pow2_ge_0 (s x - 1 / 2)); lra).
  assert (Hess : 0 <= e ^ 2 * ((1 - s x) * s x)) by nonneg.
  assert (Hess4 : e ^ 2 * ((1 - s x) * s x) <= e ^ 2 * (1 / 4))
    by (apply Rmult_le_compat_l; [apply pow2_ge_0|exact Hss4]).
  pose proof (identity_1 x) as I1.
  split; [|split; [|split]].
  - split; [|split].
    + rewrite alpha_step. lra.
    + rewrite beta2_step. lra.
    + rewrite I1.
      assert (0 <= b x * alpha x ^ 2) by nonneg.
      assert (0 <= e * (b x * alpha x ^ 2)) by nonneg.
      nonneg.
  - rewrite beta2_step. lra.
  - rewrite alpha_step. lra.
  - rewrite I1. assert (0 <= s x * (e ^ 2 * ((1 - s x) * s x))) by nonneg. lra.
Qed.

(** A bound on s that is easier to iterate. *)
Lemma s_step_le x :
  region x -> b x < 1 -> small_step x -> s (step x) <= s x + b x.
Proof.
  intros Hx Hb HE. pose proof (region_step x Hx Hb HE) as (_ & _ & _ & Hs).
  pose proof (region_s x Hx). pose proof (b_ge_0 x). pose proof e_pos.
  assert (0 <= alpha x ^ 2 * (1 - b x)) by nonneg.
  pose proof (pow2_ge_0 (beta2 x)).
  assert (0 <= s x * (e * (alpha x ^ 2 * (1 - b x) + beta2 x ^ 2)))
    by nonneg.
  assert (0 <= b x * s x) by nonneg. lra.
Qed.

(** ** Lemma 3 *)

(** (a) in the form in which the traps use it ... *)
Lemma alpha_potential x : region x -> alpha x ^ 2 - / alpha x ^ 2 <= potential x.
Proof.
  intros Hx. pose proof (region_p x Hx) as Hp. destruct Hx as (Ha & H2 & _).
  assert (Ha2 : 0 < alpha x ^ 2) by now apply pow_lt.
  unfold potential. assert (beta2 x ^ 2 <= / alpha x ^ 2); [|lra].
  apply Rmult_le_reg_l with (alpha x ^ 2); [exact Ha2|]. rewrite Rinv_r by lra.
  replace (alpha x ^ 2 * beta2 x ^ 2) with (p x ^ 2) by (unfold p; ring). nra.
Qed.

(** ... and as stated. *)
Theorem a_le_edge_root x : region x -> a x <= h * edge_root (potential x).
Proof.
  intros Hx. unfold a. apply Rmult_le_compat_l; [pose proof h_pos; lra|].
  apply edge_root_spec; [apply pow_lt; apply Hx|now apply alpha_potential].
Qed.

(** a <= A where q <= A/h - h/A. *)
Lemma a_le_of_potential x A q :
  region x -> 0 < A -> potential x <= q -> q <= A / h - h / A -> a x <= A.
Proof.
  intros Hx HA Hq HqA. pose proof h_pos as Hh. pose proof (alpha_potential x Hx) as Hp.
  assert (Ha2 : 0 < alpha x ^ 2) by (apply pow_lt, Hx).
  assert (HAh : 0 < A / h) by (apply Rdiv_lt_0_compat; lra).
  assert (alpha x ^ 2 <= A / h).
  { apply Rle_trans with (edge_root q).
    - apply edge_root_spec; lra.
    - destruct (Rle_lt_dec (edge_root q) (A / h)) as [|Hlt]; [assumption|].
      pose proof (edge_root_pos q) as Hx0. pose proof (edge_root_eq q) as He.
      assert (Hi : / edge_root q < h / A).
      { replace (h / A) with (/ (A / h)) by (field; lra). apply Rinv_lt_contravar; [|exact Hlt].
        apply Rmult_lt_0_compat; lra. }
      assert (edge_root q - / edge_root q = q).
      { apply Rmult_eq_reg_l with (edge_root q); [|lra].
        rewrite Rmult_minus_distr_l, Rinv_r by lra. lra. }
      lra. }
  unfold a. replace A with (h * (A / h)) by (field; lra). apply Rmult_le_compat_l; lra.
Qed.

(** (b), one step. *)
Lemma potential_step x :
  region x -> b x < 1 -> potential (step x) <= potential x * (1 - e ^ 2 * s x ^ 2).
Proof.
  intros Hx Hb. rewrite identity_2. pose proof (region_p x Hx). pose proof (region_s x Hx).
  pose proof (b_ge_0 x). pose proof e_pos.
  assert (0 <= alpha x ^ 2 * (2 - b x)) by nonneg.
  assert (0 <= 2 * e * p x * s x) by nonneg.
  assert (0 <= b x * (alpha x ^ 2 * (2 - b x) + 2 * e * p x * s x))
    by nonneg.
  lra.
Qed.

(** (b), along a trajectory: Q_t <= Q + max(-Q, 0) e^2 sum s_j^2. *)
Fixpoint sum_s2 n x :=
  match n with
  | O => 0
  | S n => sum_s2 n x + s (iterate n x) ^ 2
  end.

Lemma sum_s2_nonneg n x : 0 <= sum_s2 n x.
Proof. induction n; simpl; [lra|]. pose proof (pow2_ge_0 (s (iterate n x))). simpl in *. lra. Qed.

Theorem potential_le n x :
  e <= 1 ->
  (forall j, (j < n)%nat -> region (iterate j x) /\ b (iterate j x) < 1) ->
  potential (iterate n x) <= potential x + e ^ 2 * sum_s2 n x * Rmax (- potential x) 0.
Proof.
  intros He1 Hj. pose proof e_pos as He.
  induction n as [|n IH]; [simpl; lra|].
  assert (IHn : potential (iterate n x)
                <= potential x + e ^ 2 * sum_s2 n x * Rmax (- potential x) 0).
  { apply IH. intros j Hlt. apply Hj. lia. }
  clear IH. destruct (Hj n (Nat.lt_succ_diag_r n)) as [Hx Hb].
  pose proof (potential_step _ Hx Hb) as Hq. pose proof (region_s _ Hx) as Hs.
  pose proof (sum_s2_nonneg n x) as Hw.
  change (iterate (S n) x) with (step (iterate n x)).
  change (sum_s2 (S n) x) with (sum_s2 n x + s (iterate n x) ^ 2).
  set (q := potential x) in *. set (qn := potential (iterate n x)) in *.
  set (w := e ^ 2 * sum_s2 n x) in *.
  set (sn := s (iterate n x)) in *. set (M := Rmax (- q) 0) in *.
  assert (HM : 0 <= M /\ - q <= M /\ (q <= 0 -> M = - q)).
  { unfold M, Rmax. destruct Rle_dec; repeat split; lra. }
  assert (Hw0 : 0 <= w) by (unfold w; apply Rmult_le_pos; [apply pow2_ge_0|exact Hw]).
  set (y := e ^ 2 * sn ^ 2) in *.
  assert (Hy : 0 <= y <= 1).
  { unfold y. replace (e ^ 2 * sn ^ 2) with ((e * sn) ^ 2) by ring.
    assert (0 <= e * sn) by nonneg. assert (e * sn <= 1) by nra. split; nra. }
  replace (e ^ 2 * (sum_s2 n x + sn ^ 2) * M) with ((w + y) * M) by (unfold w, y; ring).
  apply Rle_trans with (qn * (1 - y)); [exact Hq|].
  apply Rle_trans with ((q + w * M) * (1 - y)); [apply Rmult_le_compat_r; lra|].
  assert (0 <= w * M * y) by nonneg.
  assert (0 <= y * (M + q)) by nonneg. lra.
Qed.

(** (c). *)
Theorem a_le_along n x :
  e <= 1 ->
  (forall j, (j < n)%nat ->
     region (iterate j x) /\ b (iterate j x) < 1) ->
  region (iterate n x) -> potential x >= 0 ->
  a (iterate n x) <= h * edge_root (potential x).
Proof.
  intros He Hj Hx Hq. apply Rle_trans with (h * edge_root (potential (iterate n x))).
  - now apply a_le_edge_root.
  - apply Rmult_le_compat_l; [pose proof h_pos; lra|]. apply edge_root_le.
    pose proof (potential_le n x He Hj) as H. rewrite Rmax_right in H by lra. lra.
Qed.

(** s_j sums to the growth of beta2. *)
Lemma sum_s2_le n x alpha_low s_high :
  0 < alpha_low ->
  (forall j, (j < n)%nat ->
     alpha_low <= alpha (iterate j x) /\ 0 <= s (iterate j x) <= s_high) ->
  e * alpha_low * sum_s2 n x <= s_high * (beta2 (iterate n x) - beta2 x).
Proof.
  intros Ha Hj. pose proof e_pos as He. induction n as [|n IH]; [simpl; lra|].
  assert (IHn : e * alpha_low * sum_s2 n x <= s_high * (beta2 (iterate n x) - beta2 x)).
  { apply IH. intros j Hlt. apply Hj. lia. }
  destruct (Hj n (Nat.lt_succ_diag_r n)) as [Hal Hs].
  change (iterate (S n) x) with (step (iterate n x)).
  change (sum_s2 (S n) x) with (sum_s2 n x + s (iterate n x) ^ 2).
  rewrite beta2_step. set (y := iterate n x) in *.
  assert (e * alpha_low * s y ^ 2 <= s_high * (e * alpha y * s y)); [|lra].
  replace (e * alpha_low * s y ^ 2) with (e * (alpha_low * (s y * s y))) by ring.
  replace (s_high * (e * alpha y * s y)) with (e * (alpha y * (s_high * s y))) by ring.
  apply Rmult_le_compat_l; [lra|]. apply Rmult_le_compat; try lra.
  - now apply Rmult_le_pos.
  - apply Rmult_le_compat_r; lra.
Qed.

(** ** What both traps share

    The bounds alpha_low <= alpha and a <= a_high give all hypotheses of Lemmas 2 and 3. *)

Lemma beta2_le x alpha_low :
  region x -> 0 < alpha_low <= alpha x -> beta2 x <= / alpha_low.
Proof.
  intros Hx Ha. pose proof (region_p x Hx) as Hp. unfold p in Hp. destruct Hx as (_ & H2 & _).
  apply Rmult_le_reg_l with alpha_low; [lra|]. rewrite Rinv_r by lra. nra.
Qed.

(** (T3), (D3). *)
Definition small_step_bound alpha_low a_high :=
  e * (a_high / h + / alpha_low ^ 2) + e ^ 2 / 4 <= 1.

Lemma alpha_sq_le x a_high : a x <= a_high -> alpha x ^ 2 <= a_high / h.
Proof.
  intros H. pose proof h_pos. apply Rmult_le_reg_l with h; [assumption|].
  replace (h * (a_high / h)) with a_high by (field; lra). exact H.
Qed.

Lemma small_step_of_bound x alpha_low a_high :
  region x -> 0 < alpha_low <= alpha x -> a x <= a_high ->
  small_step_bound alpha_low a_high -> small_step x.
Proof.
  intros Hx Hl Ha H. pose proof e_pos. pose proof (alpha_sq_le x a_high Ha).
  pose proof (beta2_le x alpha_low Hx Hl) as H2. unfold small_step_bound, small_step in *.
  rewrite <- pow_inv in H. destruct Hx as (_ & Hp & _).
  assert (beta2 x ^ 2 <= (/ alpha_low) ^ 2) by (apply pow_incr; lra).
  assert (e * (alpha x ^ 2 + beta2 x ^ 2) <= e * (a_high / h + (/ alpha_low) ^ 2))
    by (apply Rmult_le_compat_l; lra).
  lra.
Qed.

(** As the product of the two summands in the bracket is at least 1, their sum is at least 2. *)
Lemma e_le_half alpha_low a_high :
  0 < alpha_low -> h * alpha_low ^ 2 <= a_high -> small_step_bound alpha_low a_high -> e <= 1 / 2.
Proof.
  intros Hl Ha H. pose proof h_pos as Hh. pose proof e_pos as He. unfold small_step_bound in H.
  set (v := alpha_low ^ 2) in *. assert (Hv : 0 < v) by now apply pow_lt.
  assert (Hu : v <= a_high / h).
  { apply Rmult_le_reg_l with h; [assumption|].
    replace (h * (a_high / h)) with a_high by (field; lra). exact Ha. }
  assert (Hi : 2 <= v + / v).
  { apply Rmult_le_reg_l with v; [exact Hv|].
    rewrite Rmult_plus_distr_l, Rinv_r by lra. pose proof (pow2_ge_0 (v - 1)). lra. }
  assert (e * 2 <= e * (a_high / h + / v)) by (apply Rmult_le_compat_l; lra).
  pose proof (pow2_ge_0 e). lra.
Qed.

(** q+ of Theorems 12 and 13. *)
Definition potential_bound x alpha_low s_high :=
  potential x
  + e * s_high * Rmax (- potential x) 0 * ((/ alpha_low - beta2 x) / alpha_low).

Lemma potential_trapped n x alpha_low s_high :
  0 < alpha_low -> 0 <= s_high -> e <= 1 ->
  (forall j, (j < n)%nat ->
     region (iterate j x) /\ b (iterate j x) < 1 /\ alpha_low <= alpha (iterate j x)
     /\ s (iterate j x) <= s_high) ->
  region (iterate n x) -> alpha_low <= alpha (iterate n x) ->
  potential (iterate n x) <= potential_bound x alpha_low s_high.
Proof.
  intros Hl Hs He Hj Hx Ha. pose proof e_pos as He0.
  eapply Rle_trans; [apply potential_le; [exact He|]; intros j Hlt; split; now apply Hj|].
  unfold potential_bound. apply Rplus_le_compat_l.
  replace (e * s_high * Rmax (- potential x) 0 * ((/ alpha_low - beta2 x) / alpha_low))
    with (e * (s_high * ((/ alpha_low - beta2 x) / alpha_low)) * Rmax (- potential x) 0) by ring.
  apply Rmult_le_compat_r; [apply Rmax_r|].
  replace (e ^ 2 * sum_s2 n x) with (e * (e * sum_s2 n x)) by ring.
  apply Rmult_le_compat_l; [lra|].
  apply Rmult_le_reg_l with alpha_low; [exact Hl|].
  replace (alpha_low * (s_high * ((/ alpha_low - beta2 x) / alpha_low)))
    with (s_high * (/ alpha_low - beta2 x)) by (field; lra).
  replace (alpha_low * (e * sum_s2 n x)) with (e * alpha_low * sum_s2 n x) by ring.
  eapply Rle_trans; [apply sum_s2_le with (s_high := s_high); [exact Hl|]|].
  - intros j Hlt. destruct (Hj j Hlt) as (Hr & _ & Hla & Hsj). pose proof (region_s _ Hr). lra.
  - apply Rmult_le_compat_l; [exact Hs|].
    pose proof (beta2_le (iterate n x) alpha_low Hx). lra.
Qed.

(** The remainder of Proposition 2 without slack: at most 1 + e s + b. *)
Lemma remainder_le x : region x -> small_step x -> e <= 1 / 2 -> remainder x <= 3 / 2 + b x.
Proof.
  intros Hr HE Heh. pose proof (region_s x Hr) as Hs. pose proof lambda1_pos. pose proof e_pos.
  assert (E : remainder x = b x + e * (alpha x ^ 2 + beta2 x ^ 2) + e * s x).
  { unfold remainder, rho, a, c. replace (Rabs (r x)) with (s x).
    - unfold h, e. field. lra.
    - replace (r x) with (- s x) by (unfold r, s; ring). rewrite Rabs_Ropp, Rabs_pos_eq; lra. }
  rewrite E. unfold small_step in HE.
  assert (e * s x <= 1 / 2 * 1) by (apply Rmult_le_compat; lra).
  pose proof (pow2_ge_0 e). lra.
Qed.

(** Q does not rise above max(Q, 0). *)
Lemma potential_le_max n x :
  e <= 1 ->
  (forall j, (j < n)%nat -> region (iterate j x) /\ b (iterate j x) < 1) ->
  potential (iterate n x) <= Rmax (potential x) 0.
Proof.
  intros He Hj. pose proof e_pos as He0. induction n as [|n IH]; [apply Rmax_l|].
  assert (IHn : potential (iterate n x) <= Rmax (potential x) 0)
    by (apply IH; intros j Hlt; apply Hj; lia).
  destruct (Hj n (Nat.lt_succ_diag_r n)) as [Hx Hb].
  pose proof (potential_step _ Hx Hb) as Hq. pose proof (region_s _ Hx) as Hs.
  change (iterate (S n) x) with (step (iterate n x)). set (y := iterate n x) in *.
  assert (H0 : 0 <= Rmax (potential x) 0) by apply Rmax_r.
  assert (Hes : 0 <= e * s y <= 1) by (split; [nonneg|nra]).
  assert (Hf : 0 <= 1 - e ^ 2 * s y ^ 2 <= 1).
  { replace (e ^ 2 * s y ^ 2) with ((e * s y) ^ 2) by ring. split; nra. }
  set (M := Rmax (potential x) 0) in *. set (f := 1 - e ^ 2 * s y ^ 2) in *.
  apply Rle_trans with (1 := Hq). apply Rle_trans with (M * f); [apply Rmult_le_compat_r; lra|].
  rewrite <- (Rmult_1_r M) at 2. apply Rmult_le_compat_l; lra.
Qed.

(** L in normalised quantities. *)
Lemma loss_normalised x : loss x = a x * b x / (2 * eta * h) + lambda2 / 2 * s x ^ 2.
Proof.
  pose proof eta_pos. pose proof lambda1_pos. unfold loss, a, b, s, p, h. field. lra.
Qed.

Lemma loss_le x a_high b_high s_high :
  region x -> a x <= a_high -> b x <= b_high -> s x <= s_high ->
  loss x <= a_high * b_high / (2 * eta * h) + lambda2 / 2 * s_high ^ 2.
Proof.
  intros Hx Ha Hb Hs. rewrite loss_normalised.
  pose proof eta_pos. pose proof h_pos. pose proof lambda2_pos.
  assert (0 <= a x) by (apply a_nonneg; lra). pose proof (b_ge_0 x).
  pose proof (region_s x Hx).
  assert (0 < / (2 * eta * h)) by (apply Rinv_0_lt_compat, Rmult_lt_0_compat; lra).
  apply Rplus_le_compat.
  - unfold Rdiv. apply Rmult_le_compat_r; [lra|]. apply Rmult_le_compat; lra.
  - apply Rmult_le_compat_l; [lra|]. apply pow_incr. lra.
Qed.

End Invariants.
